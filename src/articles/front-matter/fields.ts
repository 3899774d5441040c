import { cleanLine, isVisible } from '../../platform/text.ts'
import type { ArticleField, ArticleSettings } from '../../publication/publication.ts'

/**
 * Field → its names in other generators; the first one present wins. Case and separators are ignored, so `heroImage`,
 * `hero_image` and `Hero-Image` are the same. `created_date` is left out on purpose: it is not a publish date.
 */
const usualNames: Readonly<Record<ArticleField, readonly string[]>> = {
  title: ['title', 'headline', 'link title'],
  subtitle: ['subtitle', 'subheading', 'subhead', 'deck', 'dek'],
  description: ['description', 'summary', 'excerpt', 'abstract', 'teaser', 'lede', 'intro', 'blurb', 'desc', 'meta description', 'spoiler'],
  author: ['author', 'authors', 'byline', 'writer', 'written by', 'creator', 'by'],
  read_time: ['read time', 'reading time', 'minutes to read'],
  publish_date: [
    'publish date',
    'date',
    'pub date',
    'published date',
    'pub datetime',
    'published at',
    'published on',
    'date published',
    'published time',
    'published',
    'post date',
    'posted',
    'posted on',
    'created at',
    'created',
    'date created',
    'datetime',
    'timestamp',
  ],
  updated_date: [
    'updated date',
    'updated',
    'updated at',
    'updated on',
    'lastmod',
    'last mod',
    'last modified at',
    'last modified',
    'modified',
    'modified date',
    'modified at',
    'mod datetime',
    'date modified',
    'date updated',
    'last updated',
    'last updated at',
    'last update',
    'update',
  ],
  heroImage: [
    'hero image',
    'image',
    'images',
    'cover image',
    'cover',
    'featured image',
    'feature image',
    'hero',
    'banner',
    'banner image',
    'header image',
    'header',
    'lead image',
    'thumbnail',
    'thumbnail image',
    'thumb',
    'image url',
    'img',
    'photo',
    'og image',
    'social image',
    'share image',
    'preview image',
    'preview',
    'teaser',
    'featured',
    'resources',
  ],
  hero_alt: [
    'hero alt',
    'hero image alt',
    'image alt',
    'cover alt',
    'cover image alt',
    'featured image alt',
    'thumbnail alt',
    'banner alt',
  ],
  cta: ['cta'],
  cta_label: ['cta label'],
  cta_url: ['cta url'],
  id: ['id'],
  slug: ['slug'],
  topics: ['topics'],
  enclosures: ['enclosures'],
  draft: ['draft', 'is draft'],
  expires: [
    'expires',
    'expires at',
    'expires on',
    'expiry date',
    'expiry',
    'expiration date',
    'expiration',
    'expire date',
    'expire at',
    'expire on',
    'expire',
    'unpublish date',
    'unpublish at',
    'unpublish on',
    'unpublish',
    'unpublished date',
    'unpublished at',
    'expired at',
    'publish until',
    'published until',
    'show until',
    'valid through',
    'valid until',
    'visible until',
  ],
  mail: ['mail'],
  feed: ['feed'],
  pinned: ['pinned'],
  permalink: ['permalink', 'url', 'path'],
  language: ['language', 'lang', 'locale'],
}

/** Computed once, because every article is read with all of them. */
const usualKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(usualNames).map(([field, names]) => [field, names.map(keyOf)]),
)

/** Fields that other generators use for topics. Used together if an article has no `topics`. */
export const foreignTopics: readonly string[] = ['categories', 'category', 'tags', 'tag']

/** Maps in which some generators keep custom fields. */
const containers: readonly string[] = ['extra', 'params', 'taxonomies', 'seo', 'meta', 'custom']

/** A value of the front matter and the name it was found under. */
export interface Found {
  readonly name: string
  readonly value: unknown
}

/** Looks up the front matter of one file by documented field names. */
export interface Fields {
  /** All values for a field, the most likely first. */
  all(field: ArticleField): Found[]
  /** All values under other names. */
  named(names: readonly string[]): Found[]
  /** Everything written, at the top and in the containers. */
  each(): Iterable<KeyedField>
}

/** A field with its name for comparison, without case and separators. */
export interface KeyedField extends Found {
  readonly key: string
  /** Where it is written, such as `params.hidden`. */
  readonly place: string
}

export function fieldsOf(written: Readonly<Record<string, unknown>>, settings: ArticleSettings): Fields {
  const top = byKey(written)
  const inner = !hasMap(top)
    ? []
    : containers.flatMap((name) => {
        const found = top.get(name)
        return isMap(found?.value) ? [{ name: found.name, fields: byKey(found.value) }] : []
      })
  function keyed(keys: readonly string[]): Found[] {
    const found: Found[] = []
    for (const key of keys) {
      const value = top.get(key)
      if (value) found.push(value)
    }
    for (const { name: container, fields } of inner) {
      for (const key of keys) {
        const value = fields.get(key)
        if (value) found.push({ ...value, name: container })
      }
    }
    return found
  }
  return {
    *each() {
      for (const [key, field] of top) yield { ...field, key, place: field.name }
      for (const { name: container, fields } of inner) {
        for (const [key, { name, value }] of fields) yield { name: container, value, key, place: `${container}.${name}` }
      }
    },
    named: (names) => keyed(names.map(keyOf)),
    all(field) {
      const names = settings.fields.get(field)
      return names ? names.flatMap((name) => atPath(top, name)) : keyed(usualKeys.get(field) ?? [])
    },
  }
}

function hasMap(fields: ReadonlyMap<string, Found>): boolean {
  for (const { value } of fields.values()) if (isMap(value)) return true
  return false
}

/** Follows a path such as `cover.image` into nested maps. */
function atPath(top: ReadonlyMap<string, Found>, path: string): Found[] {
  const whole = top.get(keyOf(path))
  if (whole) return [whole]
  const [first = '', ...steps] = path.split('.')
  const found = top.get(keyOf(first))
  let value = found?.value
  for (const step of steps) value = isMap(value) ? byKey(value).get(keyOf(step))?.value : undefined
  return found && value !== undefined ? [{ name: found.name, value }] : []
}

export function byKey(fields: Readonly<Record<string, unknown>>): Map<string, Found> {
  const keyed = new Map<string, Found>()
  for (const [name, value] of Object.entries(fields)) {
    const key = keyOf(name)
    if (value !== null && value !== undefined && !keyed.has(key)) keyed.set(key, { name, value })
  }
  return keyed
}

export function keyOf(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '')
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** A text, number, flag or date as one line; empty if it shows nothing. Undefined for lists and maps. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isVisible(value) ? cleanLine(value) : ''
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined
}

/** The first text in a map under one of `names`. */
export function textIn(value: unknown, names: readonly string[]): string | undefined {
  if (!isMap(value)) return undefined
  const keyed = byKey(value)
  for (const name of names) {
    const text = textOf(keyed.get(keyOf(name))?.value)
    if (text) return text
  }
  return undefined
}

/** Upper bound, far above any real list of topics. */
const maxWords = 100

/** Words of a list, of a text split at `separator`, or of a map (its name, else its keys). */
export function wordsOf(value: unknown, separator: RegExp = /,/): string[] {
  const words: string[] = []
  const add = (one: unknown, depth: number): void => {
    if (words.length >= maxWords || depth > 3) return
    const text = textOf(one)
    if (text !== undefined) words.push(...(depth === 0 ? text.replace(/^\[(.*)\]$/, '$1').split(separator) : [text]))
    else if (Array.isArray(one)) for (const each of one.slice(0, maxWords)) add(each, depth + 1)
    else if (isMap(one)) {
      const name = textIn(one, ['name', 'title', 'label', 'value', 'slug'])
      if (name === undefined) words.push(...Object.keys(one).filter((key) => one[key] !== false && one[key] !== 'false'))
      else words.push(name)
    }
  }
  add(value, 0)
  return words
    .slice(0, maxWords)
    .map((word) => cleanLine(word).replace(/^["']|["']$/g, ''))
    .filter(isVisible)
}

/** True or false; `undefined` if it is neither. */
export function flagOf(value: unknown): boolean | undefined {
  const text = textOf(value)?.toLowerCase()
  if (text === undefined) return undefined
  if (/^(?:true|yes|on|y|1)$/.test(text)) return true
  return /^(?:false|no|off|n|0)$/.test(text) ? false : undefined
}
