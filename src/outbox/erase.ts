export { anonymiseAddress, deliveriesTo, hashesOf as addressHashesOf, hashOf as addressHashOf } from './address-store.ts'
export { maskInOutbox, maskInReplies } from './erase-store.ts'
