import { readdirSync, readFileSync } from 'node:fs'

const templates = new URL('../../templates/', import.meta.url)

/** Names of the templates of a folder, without their extension: `email` or `pages`. */
export function templateNames(kind: 'email' | 'pages'): string[] {
  return readdirSync(new URL(`${kind}/`, templates)).flatMap((name) => /^(.+)\.(?:mjml|liquid)$/.exec(name)?.[1] ?? [])
}

export function partialNames(kind: 'email' | 'pages'): string[] {
  return readdirSync(new URL(`${kind}/partials/`, templates)).map((name) => name.replace(/\.\w+$/, ''))
}

/**
 * The values that a template uses, those of its partials and its layout included: `publication.title`, `articles[].title`.
 * Loop variables and assigned names are followed to the value that they stand for.
 */
export function variablesOf(kind: 'email' | 'pages', name: string): string[] {
  const extension = kind === 'email' ? 'mjml' : 'liquid'
  const source = expand(readFileSync(new URL(`${kind}/${name}.${extension}`, templates), 'utf8'), (partial) =>
    readFileSync(new URL(`${kind}/partials/${partial}.${extension}`, templates), 'utf8'),
  )
  const aliases = new Map<string, string | undefined>([['forloop', undefined]])
  const outer: (readonly [string, string | undefined, boolean])[] = []
  const found = new Set<string>()
  const resolve = (path: string): string | undefined => {
    const [root = '', ...rest] = path.split('.')
    const base = aliases.has(root) ? aliases.get(root) : root
    return base === undefined ? undefined : [base, ...rest].join('.')
  }
  const use = (expression: string): string | undefined => {
    let first: string | undefined
    for (const path of pathsIn(expression)) {
      const resolved = resolve(path)
      if (resolved === undefined) continue
      found.add(resolved)
      first ??= resolved
    }
    return first
  }
  for (const [, output, tag = '', rest = ''] of source.matchAll(/\{\{-?([\s\S]*?)-?\}\}|\{%-?\s*(\w+)([\s\S]*?)-?%\}/g)) {
    if (output !== undefined) use(output)
    else if (tag === 'for') {
      const [, item = '', list = ''] = /^\s*(\w+)\s+in\s+([\w.]+)/.exec(rest) ?? []
      const resolved = use(list)
      outer.push([item, aliases.get(item), aliases.has(item)])
      aliases.set(item, resolved && `${resolved}[]`)
    } else if (tag === 'endfor') {
      const [item = '', before, wasThere] = outer.pop() ?? []
      if (wasThere) aliases.set(item, before)
      else aliases.delete(item)
    } else if (tag === 'assign') {
      const [, target = '', value = ''] = /^\s*(\w+)\s*=([\s\S]*)$/.exec(rest) ?? []
      const resolved = use(value)
      const isItem = /\|\s*first\s*$/.test(value)
      const isValue = /^\s*[\w.]+\s*$/.test(value) || isItem
      aliases.set(target, isValue && resolved !== undefined ? `${resolved}${isItem ? '[]' : ''}` : undefined)
    } else if (['if', 'elsif', 'unless', 'case', 'when'].includes(tag)) use(rest)
  }
  return [...found].map(normal).sort()
}

/** A list's own size, and an item by its number, are the list and its items. */
function normal(path: string): string {
  return path.replace(/\.size$/, '').replace(/\.first\b/, '[]')
}

function expand(source: string, partial: (name: string) => string): string {
  return source
    .replace(/\{%-?\s*comment[\s\S]*?endcomment\s*-?%\}/g, '')
    .replace(/\{%-?\s*(?:include|layout)\s+'([\w-]+)'([^%]*)%\}/g, (_, name: string, given: string) => {
      const assigned = [...given.matchAll(/(\w+):\s*('[^']*'|[\w.]+)/g)].map(([, to, value]) => `{% assign ${to} = ${value} %}`)
      return assigned.join('') + expand(partial(name), partial)
    })
}

const words = new Set(['and', 'or', 'contains', 'true', 'false', 'nil', 'empty', 'in', 'limit'])

/** Paths of an expression: neither texts nor names of filters. */
function pathsIn(expression: string): string[] {
  const bare = expression
    .replace(/'[^']*'|"[^"]*"/g, ' ')
    .replace(/\|\s*\w+\s*:?/g, ' ')
    // Names of arguments.
    .replace(/\b\w+\s*:/g, ' ')
    .replace(/\[\d+\]/g, '[]')
  return [...bare.matchAll(/(?<![\w.])[a-z_]\w*(?:\[\])?(?:\.\w+)*/g)].map(([path]) => path).filter((path) => !words.has(path))
}
