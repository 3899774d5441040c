export { maskInDigests } from './erase-store.ts'
