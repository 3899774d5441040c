export { anonymiseAddress, deliveriesTo, hashOf as addressHashOf } from './address-store.ts'
export { maskInOutbox } from './erase-store.ts'
