export {
  hasMailings,
  isUnsettled,
  isUntried,
  letUncertainBe,
  lockMailing,
  moveMailing,
  requeueFailed,
  requeueUncertain,
  sweepCancelled,
} from './mailing-store.ts'
