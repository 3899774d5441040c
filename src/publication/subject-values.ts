/** What the pattern of a digest's subject may name. */
export interface SubjectValues {
  readonly publication: { readonly title: string }
  readonly digest: { readonly name: string; readonly title: string }
  readonly issue: { readonly number: number; readonly date: string }
  /** Those of the edition; the first is the lead. */
  readonly articles: readonly { readonly title: string; readonly subtitle: string; readonly author: string; readonly topic: string }[]
}

/** Has everything: as many articles as an issue may carry. */
export const sampleSubjectValues: SubjectValues = {
  publication: { title: 'Title' },
  digest: { name: 'weekly', title: 'Digest' },
  issue: { number: 1, date: '1 January 2026' },
  articles: Array.from({ length: 100 }, () => ({ title: 'Title', subtitle: 'Subtitle', author: 'Author', topic: 'Topic' })),
}
