export { anonymiseAddress, deliveriesTo } from './address-store.ts'
