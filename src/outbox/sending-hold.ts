export { holdSending, readSendingHold, releaseSending, type SendingHold } from './sending-hold-store.ts'
