import { newId } from '../../platform/ids.ts'
import type { SubscribersContext } from '../context.ts'
import { countSignUp } from './limits.ts'
import { storedNetworkAddress } from './network.ts'
import { type ReaderFault, type SignUp, validateSignUp } from './sign-up-request.ts'
import { insertSignUp } from './sign-up-store.ts'

export type { SignUp } from './sign-up-request.ts'

export type SignedUp =
  /** The same for known and unknown addresses, so that the answer reveals no reader. */
  | { readonly status: 'asked' }
  | ReaderFault
  /** Over a limit: of this network, of all networks, or of this mailbox. */
  | { readonly status: 'too_many'; readonly comeBackAt: Date }

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
  const counted = { addressKey: request.address.key, networkAddress: request.networkAddress }
  return context.database.transaction<SignedUp>(async (tx) => {
    const limited = await countSignUp(tx, context, counted)
    if (limited) return { status: 'too_many', comeBackAt: limited.comeBackAt }
    await insertSignUp(tx, id, stored)
    return { status: 'asked' }
  })
}
