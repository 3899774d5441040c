import { spawn } from 'node:child_process'

/** When files were added, by git. */
export interface GitDates {
  /** Commit and folder that the dates were read for. */
  readonly key: string
  /** Path relative to the folder → author date of the first commit that added the file. */
  readonly dates: ReadonlyMap<string, Date>
}

export type GitReading = { readonly status: 'read'; readonly git: GitDates } | { readonly status: 'failed'; readonly reason: string }

/** A repository of 100,000 commits takes a few seconds. */
const timeoutMs = 120_000

/**
 * Reads when each Markdown file below `folder` was added, by one `git log` over the repository. Follows renames. Returns `known`
 * if it was read for the same commit. A shallow clone has no answer: its oldest commit adds every file.
 */
export async function readGitDates(folder: string, known: GitDates | undefined): Promise<GitReading> {
  const place = await runGit(folder, ['rev-parse', 'HEAD', '--is-shallow-repository', '--show-prefix'])
  if (place.status === 'failed') return { status: 'failed', reason: reasonOf(place.reason) }
  const [head = '', isShallow, prefix = ''] = place.output.split('\n')
  if (isShallow === 'true') {
    return { status: 'failed', reason: 'the repository is a shallow clone without old commits: run git fetch --unshallow' }
  }
  const key = `${head} ${prefix}`
  if (known?.key === key) return { status: 'read', git: known }
  // Rename detection may need files that a partial clone lacks. Exact renames need only hashes.
  let log = await runGit(folder, logOf('-M'))
  if (log.status === 'failed') log = await runGit(folder, logOf('-M100%'))
  if (log.status === 'failed') return { status: 'failed', reason: reasonOf(log.reason) }
  return { status: 'read', git: { key, dates: datesIn(log.output, prefix) } }
}

function logOf(renames: string): string[] {
  const endings = ['*.m*', '*.qmd', '*.rm*', '*.svx'].map((name) => `:(top,icase)${name}`)
  const format = ['-z', '--format=%x01%at', '--name-status', '--diff-filter=AR', renames, '-l400']
  return ['log', ...format, '--no-show-signature', '--no-ext-diff', '--no-textconv', '--no-color', '--', ...endings]
}

type Run = { readonly status: 'done'; readonly output: string } | { readonly status: 'failed'; readonly reason: string }

/** Runs git so that the configuration of the repository starts no other program and nothing is fetched. */
function runGit(folder: string, args: readonly string[]): Promise<Run> {
  // A hook of git sets these for its own repository.
  // biome-ignore lint/plugin: the environment is handed on, without the settings of another repository
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, GIT_PREFIX, ...inherited } = process.env
  const env = {
    ...inherited,
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: '',
  }
  const quiet = ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false', '-c', 'core.quotePath=false']
  return new Promise((resolve) => {
    const child = spawn('git', [...quiet, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    const output: Buffer[] = []
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < 2_000) complaint += chunk.toString('utf8')
    })
    child.on('error', (error: NodeJS.ErrnoException) => resolve({ status: 'failed', reason: error.code ?? error.message }))
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ status: 'done', output: Buffer.concat(output).toString('utf8') })
      else resolve({ status: 'failed', reason: signal ? `git was stopped after ${timeoutMs / 1000} s` : complaint })
    })
  })
}

function reasonOf(complaint: string): string {
  if (complaint === 'ENOENT') return 'git is not installed'
  if (/not a git repository/i.test(complaint)) return 'the articles are not in a git repository'
  if (/ambiguous argument 'HEAD'|unknown revision/i.test(complaint)) return 'the git repository has no commits'
  if (/dubious ownership/i.test(complaint)) return 'the git repository belongs to another user: see safe.directory in the manual of git'
  return `git failed: ${complaint.trim().split('\n', 1)[0]?.slice(0, 200) ?? ''}`
}

/** Reads the output of `git log -z --name-status`, newest commit first. Paths are relative to the repository's root. */
function datesIn(output: string, prefix: string): ReadonlyMap<string, Date> {
  const changes: { readonly at: number; readonly path: string; readonly from: string | undefined }[] = []
  const parts = output.split('\0')
  let at = Number.NaN
  for (let index = 0; index < parts.length; index++) {
    const part = (parts[index] ?? '').replace(/^\n/, '')
    if (part.startsWith('\x01')) at = Number(part.slice(1)) * 1000
    else if (part === 'A') changes.push({ at, path: parts[++index] ?? '', from: undefined })
    else if (/^R\d*$/.test(part)) changes.push({ at, from: parts[++index] ?? '', path: parts[++index] ?? '' })
  }
  const dates = new Map<string, number>()
  for (const change of changes.reverse()) {
    const added = (change.from === undefined ? dates.get(change.path) : dates.get(change.from)) ?? change.at
    if (change.from !== undefined) dates.delete(change.from)
    dates.set(change.path, added)
  }
  const found = new Map<string, Date>()
  for (const [path, added] of dates) {
    if (path.startsWith(prefix) && Number.isSafeInteger(added) && Math.abs(added) < 8.64e15)
      found.set(path.slice(prefix.length), new Date(added))
  }
  return found
}
