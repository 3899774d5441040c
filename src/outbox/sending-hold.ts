export { type Hold, holdSending, readHold, releaseSending } from './sending-hold-store.ts'
