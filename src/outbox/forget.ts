export { deliveriesTo, forgetAddress } from './address-store.ts'
