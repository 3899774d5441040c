export { maskInCalls } from './erase-store.ts'
