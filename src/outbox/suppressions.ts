export {
  liftSuppression,
  listSuppressedAddresses,
  listSuppressions,
  noteRefusal,
  readSuppression,
  type Suppression,
  type SuppressionReason,
  suppress,
  suppressErased,
  suppressedReason,
  whichAreSuppressed,
} from './suppression-store.ts'
