export {
  hasMailings,
  isUnsettled,
  isUntried,
  letUncertainBe,
  lockMailing,
  moveMailing,
  requeueFailed,
  requeueThese,
  requeueUncertain,
  sweepCancelled,
} from './mailing-store.ts'
export { nextFailedOfKind } from './survey.ts'
