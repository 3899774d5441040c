import { takeSignUps } from '../../src/subscribers/intake.ts'
import type { SubscribersRoom } from '../../src/subscribers/room.ts'
import { receiveSignUp, type SignedUp, type SignUp } from '../../src/subscribers/sign-up.ts'

/** Signs up as a visitor does, and processes the request at once. */
export async function signUp(room: SubscribersRoom, request: SignUp): Promise<SignedUp> {
  const answer = await receiveSignUp(room, request)
  await takeSignUps(room)
  return answer
}
