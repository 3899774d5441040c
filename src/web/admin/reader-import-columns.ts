import { inEnglish } from '../../platform/marked-text.ts'
import type { ColumnRequest } from '../../subscribers/import/decisions.ts'
import { fieldCalled, mapFieldNames, mapNameOf } from '../../subscribers/import/fields.ts'
import type { ColumnInspection } from '../../subscribers/import/import.ts'
import { countValues } from '../../subscribers/import/sample.ts'
import { type DeskContext, words } from './desk-page.ts'
import { textIn } from './forms.ts'

const shownValues = 3
const shownLength = 40
/** Not read, as the operator says. A field never has this name. */
const ignored = '-'

/** The columns of a list with a choice for each: how it is read. */
export function columnValues(desk: DeskContext, { mapping, undecided, sample }: ColumnInspection) {
  const open = new Map(undecided.map((one) => [one.column, one]))
  const columns = mapping.columns.map(({ column, field, decidedBy }, at) => {
    const chosen = field === null ? (decidedBy === 'option' ? ignored : '') : mapNameOf(field)
    const isKnown = chosen === '' || chosen === ignored || mapFieldNames.includes(chosen)
    return {
      field: `c${at}`,
      name: column === '' ? words(desk, 'import.column.unnamed') : column,
      // A column without a name cannot be named in a decision.
      can_choose: column !== '',
      examples: [...countValues(sample, at).keys()]
        .filter(Boolean)
        .slice(0, shownValues)
        .map((value) => (value.length > shownLength ? `${value.slice(0, shownLength)}…` : value))
        .join(', '),
      is_undecided: open.has(column) && decidedBy === 'nothing',
      proposal: inEnglish(open.get(column)?.likelyField ?? ''),
      is_remembered: decidedBy === 'memory',
      options: [
        { value: '', label: words(desk, 'import.column.not_read'), is_chosen: chosen === '' },
        { value: ignored, label: words(desk, 'import.column.ignore'), is_chosen: chosen === ignored },
        ...(isKnown ? [] : [{ value: chosen, label: chosen, is_chosen: true }]),
        // Names of fields are those of the API and the command line.
        ...mapFieldNames.map((name) => ({ value: name, label: name, is_chosen: name === chosen, is_name: true })),
      ],
    }
  })
  return { columns, undecided_count: columns.filter((one) => one.is_undecided).length, format: inEnglish(mapping.format) }
}

/** What the operator chose, where it differs from how a column is read anyway. */
export function columnsIn(request: { readonly body?: unknown }, { mapping }: ColumnInspection): ColumnRequest {
  const map: string[] = []
  const ignore: string[] = []
  mapping.columns.forEach(({ column, field }, at) => {
    const chosen = textIn(request, `c${at}`)
    const standing = field === null ? '' : mapNameOf(field)
    if (column === '' || chosen === standing) return
    // Nothing chosen for a column that would be read: it is not to be.
    if (chosen === ignored || (chosen === '' && field !== null)) ignore.push(column)
    else if (chosen !== '' && fieldCalled(chosen)) map.push(`${column}=${chosen}`)
  })
  return { map: [...new Set(map)], ignore: [...new Set(ignore)] }
}
