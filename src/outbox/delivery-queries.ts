export { countDeliveries, findDelivery, listDeliveries, readCounts, readSentEditions } from './delivery-store.ts'
export { readRates } from './rate-store.ts'
export { readEdition } from './sender/claim-store.ts'
