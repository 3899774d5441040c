export { listUndecided } from './uncertain-store.ts'
