import { newId } from '../../platform/ids.ts'
import type { SubscribersRoom } from '../context.ts'
import { countSignUp } from './limits.ts'
import { keptAddress } from './network.ts'
import { type Invalid, readWish, type SignUp } from './sign-up-request.ts'
import { keepSignUp } from './sign-up-store.ts'

export type { SignUp } from './sign-up-request.ts'

export type SignedUp =
  /** The same whether or not the address was known, so that nobody learns who reads what. */
  | { readonly status: 'asked' }
  | Invalid
  /** More than what is allowed in an hour, from this network or from all. */
  | { readonly status: 'too_many' }

/**
 * A stranger asks for digests. The wish is kept, and looked at later: what happens before the answer is the same for every address, and
 * so is the time it takes. `takeSignUps` does the rest.
 */
export async function receiveSignUp(room: SubscribersRoom, signUp: SignUp): Promise<SignedUp> {
  const publication = room.publication()
  const wish = readWish(publication, signUp)
  if ('status' in wish) return wish
  const id = newId(room.clock, room.random)
  const kept = { ...wish, networkAddress: keptAddress(wish.networkAddress, publication.networkAddresses) }
  const isTaken = await room.database.transaction(async (tx) => {
    if (!(await countSignUp(tx, room, wish.networkAddress))) return false
    await keepSignUp(tx, id, kept)
    return true
  })
  return { status: isTaken ? 'asked' : 'too_many' }
}
