/** Variables that the subject pattern of a digest may use. */
export interface SubjectValues {
  readonly publication: { readonly title: string }
  readonly digest: { readonly name: string; readonly title: string }
  readonly issue: { readonly number: number; readonly date: string }
  /** Articles of the edition; the first is the lead. */
  readonly articles: readonly { readonly title: string; readonly subtitle: string; readonly author: string; readonly topic: string }[]
}

/** Sample values to validate a pattern with, including the largest number of articles in an issue. */
export const sampleSubjectValues: SubjectValues = {
  publication: { title: 'Title' },
  digest: { name: 'weekly', title: 'Digest' },
  issue: { number: 1, date: '1 January 2026' },
  articles: Array.from({ length: 100 }, () => ({ title: 'Title', subtitle: 'Subtitle', author: 'Author', topic: 'Topic' })),
}
