import type { SubscribersContext } from '../../src/subscribers/context.ts'
import { processSignUps } from '../../src/subscribers/sign-up/process-waiting.ts'
import { receiveSignUp, type SignedUp, type SignUp } from '../../src/subscribers/sign-up/receive.ts'

/** Signs up as a visitor does, and processes the request at once. */
export async function signUp(context: SubscribersContext, request: SignUp): Promise<SignedUp> {
  const answer = await receiveSignUp(context, request)
  await processSignUps(context)
  return answer
}
