export { type DeliveryOutcome, outcomesTo } from './address-store.ts'
export { countDeliveries, findDelivery, listDeliveries, listIssueMailings, readCounts, readSentEditions } from './delivery-store.ts'
export { readRates } from './rate-store.ts'
export { readEdition } from './sender/claim-store.ts'
