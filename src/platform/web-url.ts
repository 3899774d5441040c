import { readUrl, type UrlReading } from './url-setting.ts'

const web = { schemes: ['https', 'http'], shape: 'must be an absolute http or https address', user: 'refused', path: 'any' } as const

/** Reads the URL that links begin with: PUBLIC_URL, or `url` of publication.yaml. */
export function readPublicUrl(text: string): UrlReading {
  return readUrl(text, { ...web, example: 'https://news.example.org', query: 'none' })
}

/** Reads the URL of another service, such as a hub. */
export function readServiceUrl(text: string): UrlReading {
  return readUrl(text, { ...web, example: 'https://hub.example.org/', query: 'any' })
}
