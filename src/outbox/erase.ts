export { anonymiseAddress, deliveriesTo, hashOf as addressHashOf } from './address-store.ts'
