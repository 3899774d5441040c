import type { SubscribersRoom } from '../../src/subscribers/context.ts'
import { takeSignUps } from '../../src/subscribers/sign-up/process-waiting.ts'
import { receiveSignUp, type SignedUp, type SignUp } from '../../src/subscribers/sign-up/receive.ts'

/** Signs up as a visitor does, and processes the request at once. */
export async function signUp(room: SubscribersRoom, request: SignUp): Promise<SignedUp> {
  const answer = await receiveSignUp(room, request)
  await takeSignUps(room)
  return answer
}
