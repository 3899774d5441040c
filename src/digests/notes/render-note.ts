import { join, relative, sep } from 'node:path'
import type { Snapshot } from '../../articles/article.ts'
import { defaultLabel, makeCallToAction } from '../../articles/call-to-action.ts'
import { renderMarkdown } from '../../articles/markdown/render-markdown.ts'
import type { Publication } from '../../publication/publication.ts'
import { paths, publicUrl } from '../../publication/urls.ts'
import { withFootnotesInPlace } from '../edition/footnotes.ts'
import type { Note, NoteWords } from './note.ts'
import { splitAtArticles } from './read-note.ts'

/**
 * Renders a note as articles are rendered: the same Markdown, the same sanitising. Links and pictures are relative to the folder of the
 * digest's notes, wherever the note was written, so that the same note makes the same email.
 */
export function renderNote(
  publication: Publication,
  snapshot: Pick<Snapshot, 'addressOf' | 'dialects'>,
  digest: string,
  note: Note,
): NoteWords {
  const { above, below } = splitAtArticles(note.body)
  const path = relative(publication.articlesFolder, join(publication.notesFolder, digest, 'next.md'))
    .split(sep)
    .join('/')
  const url = publicUrl(publication, paths.home)
  const html = (markdown: string, slug: string) =>
    markdown === ''
      ? ''
      : withFootnotesInPlace(
          renderMarkdown(markdown, {
            publication,
            path,
            url,
            slug,
            dialects: new Set(snapshot.dialects.keys()),
            params: new Map(),
            addressOf: (to, kind = 'file') => snapshot.addressOf(to, kind),
          }),
          url,
        )
  const { cta, ctaLabel: label, ctaUrl } = note
  const { callToAction } = makeCallToAction(
    { cta, label: label ?? (cta ? undefined : ctaUrl && defaultLabel), url: ctaUrl },
    url,
    publication.url,
  )
  // Our own label is written when the mail is rendered, in the language of its words.
  const isLabelOurs = callToAction?.isLabelOurs === true || (cta === undefined && label === undefined)
  return {
    ...(note.subject === undefined ? {} : { subject: note.subject }),
    ...(note.preheader === undefined ? {} : { preheader: note.preheader }),
    above: html(above, 'note-above'),
    below: html(below, 'note-below'),
    ...(callToAction
      ? { callToAction: { text: callToAction.text ?? '', label: isLabelOurs ? '' : callToAction.label, url: callToAction.url } }
      : {}),
  }
}
