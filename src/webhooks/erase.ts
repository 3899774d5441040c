export { eraseInWebhooks } from './erase-store.ts'
