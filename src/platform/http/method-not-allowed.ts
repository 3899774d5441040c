import type { IncomingMessage, ServerResponse } from 'node:http'

/** Sends the body of the 405 response. Status and Allow are already set. */
export type SendRefusal = (allowed: string) => unknown

/** 405 with Allow (RFC 9110 §15.5.6), for a method that the address does not support. */
export async function refuseMethod(response: ServerResponse, methods: readonly string[], sendRefusal: SendRefusal): Promise<void> {
  const allowed = methods.join(', ')
  response.statusCode = 405
  response.setHeader('Allow', allowed)
  await sendRefusal(allowed)
}

/** Answers OPTIONS with the allowed methods (RFC 9110 §9.3.7), and any other method with 405. */
export async function answerOtherMethod(
  request: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
  sendRefusal: SendRefusal,
): Promise<void> {
  if (request.method === 'OPTIONS') response.writeHead(204, ['Allow', methods.join(', ')]).end()
  else await refuseMethod(response, methods, sendRefusal)
}
