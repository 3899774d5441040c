import { newId } from '../../platform/ids.ts'
import type { SubscribersContext } from '../context.ts'
import { countSignUp } from './limits.ts'
import { storedNetworkAddress } from './network.ts'
import { type Invalid, type SignUp, validateSignUp } from './sign-up-request.ts'
import { insertSignUp } from './sign-up-store.ts'

export type { SignUp } from './sign-up-request.ts'

export type SignedUp =
  /** The same whether or not the address was known, so that nobody learns who reads what. */
  | { readonly status: 'asked' }
  | Invalid
  /** More than what is allowed in an hour, from this network or from all. */
  | { readonly status: 'too_many' }

/**
 * A visitor asks for digests. The request is stored and processed later: what happens before the answer is the same for every address, and
 * so is the time it takes. `processSignUps` does the rest.
 */
export async function receiveSignUp(context: SubscribersContext, signUp: SignUp): Promise<SignedUp> {
  const publication = context.publication()
  const request = validateSignUp(publication, signUp)
  if ('status' in request) return request
  const id = newId(context.clock, context.random)
  const kept = { ...request, networkAddress: storedNetworkAddress(request.networkAddress, publication.networkAddresses) }
  const isTaken = await context.database.transaction(async (tx) => {
    if (!(await countSignUp(tx, context, request.networkAddress))) return false
    await insertSignUp(tx, id, kept)
    return true
  })
  return { status: isTaken ? 'asked' : 'too_many' }
}
