export {
  liftSuppression,
  listSuppressedAddresses,
  listSuppressions,
  noteRefusal,
  readSuppression,
  type Suppression,
  type SuppressionReason,
  suppress,
  suppressedReason,
  whichAreSuppressed,
} from './suppression-store.ts'
