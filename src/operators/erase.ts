export { maskInOperators } from './erase-store.ts'
