import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { articleText, makeArticles } from './articles.ts'
import { makeDataFolder, startBroadsheet } from './process.ts'
import { median, type Row } from './table.ts'

const rounds = 3
const sizes = [100, 1_000, 10_000]

/**
 * Time to the first byte of a feed with posts of 440 words, compared with static generators that only build feeds.
 * Cold: a fresh data folder. Warm: one that knows all the files.
 */
export async function benchPosts(): Promise<Row[]> {
  const rows: Row[] = []
  for (const count of sizes) {
    await using content = await makeArticles(count)
    await using site = await makeDataFolder()
    const others = [await hugoSite(site.folder, count), await eleventySite(site.folder, count)]
    const cold: Start[] = []
    const warm: Start[] = []
    const theirs: number[][] = others.map(() => [])
    for (let round = 0; round < rounds; round++) {
      await using data = await makeDataFolder()
      cold.push(await measure(content.folder, data.folder))
      warm.push(await measure(content.folder, data.folder))
      for (const [index, build] of others.entries()) {
        const ms = build()
        if (ms !== undefined) theirs[index]?.push(ms)
      }
    }
    const [hugo = [], eleventy = []] = theirs
    const hugoMs = median(hugo)
    const ms = (starts: readonly Start[]) => median(starts.map((start) => start.ms))
    const beside = `Hugo ${told(hugo)}, Eleventy ${told(eleventy)}`
    // Only the largest has a target; the others are informative.
    const isAimed = count === 10_000 && hugo.length > 0
    const name = `${count.toLocaleString('en')} posts`
    rows.push({
      what: `${name}, cold start to the first feed byte`,
      measured: `${ms(cold).toFixed(0)} ms (${beside})`,
      wanted: isAimed ? '<= 2 x Hugo' : '(no aim)',
      isMet: !isAimed || ms(cold) <= 2 * hugoMs,
    })
    rows.push({
      what: `${name}, warm start to the first feed byte`,
      measured: `${ms(warm).toFixed(0)} ms`,
      wanted: isAimed ? '<= Hugo' : '(no aim)',
      isMet: !isAimed || ms(warm) <= hugoMs,
    })
    const peak = Math.max(...[...cold, ...warm].map(({ peakMb }) => peakMb))
    rows.push({ what: `${name}, peak memory`, measured: `${peak.toFixed(0)} MB`, wanted: '<= 250 MB', isMet: peak <= 250 })
  }
  return rows
}

interface Start {
  readonly ms: number
  readonly peakMb: number
}

async function measure(content: string, data: string): Promise<Start> {
  await using served = await startBroadsheet(content, data)
  const status = await readFile(`/proc/${served.pid}/status`, 'utf8')
  return { ms: served.startMs, peakMb: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024 }
}

function told(times: readonly number[]): string {
  return times.length === 0 ? 'not there' : `${median(times).toFixed(0)} ms`
}

/** Runs a generator once; `undefined` if it is not installed. */
type Build = () => number | undefined

/** Lists posts without rendering their pages. If pages were disabled by kind, the feed would be empty. */
async function hugoSite(folder: string, count: number): Promise<Build> {
  const site = join(folder, 'hugo')
  const kinds = '["section", "taxonomy", "term", "sitemap", "robotsTXT", "404"]'
  await makePosts(join(site, 'content/posts'), count)
  await writeFile(
    join(site, 'config.toml'),
    `baseURL = "https://bench.example.org/"\ntitle = "The Bench"\ndisableKinds = ${kinds}\n[outputs]\nhome = ["RSS"]\n[services.rss]\nlimit = 30\n[[cascade]]\n[cascade._build]\nrender = "never"\n[cascade._target]\nkind = "page"\n`,
  )
  return runner(site, 'hugo', ['--quiet'], 'public')
}

async function eleventySite(folder: string, count: number): Promise<Build> {
  const site = join(folder, 'eleventy')
  await makePosts(join(site, 'posts'), count)
  await writeFile(join(site, 'posts/posts.json'), '{"tags": ["posts"], "permalink": false}')
  await writeFile(
    join(site, 'feed.njk'),
    '---\npermalink: feed.xml\n---\n<feed>{% for post in collections.posts | reverse %}{% if loop.index <= 30 %}<entry><title>{{ post.data.title }}</title><content>{{ post.templateContent | escape }}</content></entry>{% endif %}{% endfor %}</feed>\n',
  )
  return runner(site, 'eleventy', ['--quiet'], '_site')
}

async function makePosts(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let index = 0; index < count; index++) {
    await writeFile(join(folder, `article-${index}.md`), articleText(index).replace(/^publish_date: '(.*)'$/m, 'date: $1'))
  }
}

function runner(site: string, command: string, args: readonly string[], output: string): Build {
  return () => {
    const began = performance.now()
    const { error, status } = spawnSync(command, args, { cwd: site, stdio: 'ignore' })
    const ms = performance.now() - began
    void rm(join(site, output), { recursive: true, force: true })
    return error || status !== 0 ? undefined : ms
  }
}
