import { newId } from '../../platform/ids.ts'
import type { SubscribersContext } from '../context.ts'
import { countSignUp } from './limits.ts'
import { storedNetworkAddress } from './network.ts'
import { type Invalid, type SignUp, validateSignUp } from './sign-up-request.ts'
import { insertSignUp } from './sign-up-store.ts'

export type { SignUp } from './sign-up-request.ts'

export type SignedUp =
  /** The same for known and unknown addresses, so that the answer reveals no reader. */
  | { readonly status: 'asked' }
  | Invalid
  /** Over the hourly limit of this network or of all networks. */
  | { readonly status: 'too_many' }

/**
 * Stores a visitor's sign-up request, which `processSignUps` processes later. The work before the answer, and so its time, is the same
 * for every address.
 */
export async function receiveSignUp(context: SubscribersContext, signUp: SignUp): Promise<SignedUp> {
  const publication = context.publication()
  const request = validateSignUp(publication, signUp)
  if ('status' in request) return request
  const id = newId(context.clock, context.random)
  const stored = { ...request, networkAddress: storedNetworkAddress(request.networkAddress, publication.networkAddresses) }
  const isAccepted = await context.database.transaction(async (tx) => {
    if (!(await countSignUp(tx, context, request.networkAddress))) return false
    await insertSignUp(tx, id, stored)
    return true
  })
  return { status: isAccepted ? 'asked' : 'too_many' }
}
