import { readFlag, stateCalled } from './states.ts'

/** Whether the values of a column tell states: one of them is a known word, or all are yes or no. `values` are not empty. */
export function hasKnownStates(values: readonly string[]): boolean {
  return values.some((value) => stateCalled(value) !== undefined) || isYesNo(values)
}

/** `ON` alone is Ontario: without `off` it is no yes. */
export function isYesNo(values: readonly string[]): boolean {
  const isOntario = values.every((value) => value.toLowerCase() === 'on')
  return values.length > 0 && !isOntario && values.every((value) => readFlag(value) !== undefined || /^(?:x|✓|✔)$/i.test(value))
}

/** A word that says that an address gets no mail. */
export function isNoState(value: string): boolean {
  const state = stateCalled(value)?.state
  return state !== undefined && state !== 'confirmed'
}
