export {
  liftSuppression,
  listSuppressedAddresses,
  listSuppressions,
  noteRefusal,
  readSuppression,
  rewriteSuppressionHashes,
  type Suppression,
  type SuppressionReason,
  suppress,
  suppressErased,
  suppressedReason,
  whichAreSuppressed,
} from './suppression-store.ts'
