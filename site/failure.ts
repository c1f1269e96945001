// What went wrong, in words for whoever looks at a page.
// Source: the errors of @frostglass/edge, which name an address and what to check; here the service is the one that sent the page.
// Addresses are left out: one may hold the hash of a key, which is long and says nothing.

import type { FrostglassError } from '../src/errors.ts'

/** A sentence or two. */
export function failureWords(error: unknown): string {
  const { code, message = String(error), hint } = error as Partial<FrostglassError>
  if (code === 'io' && message.includes('cannot be asked'))
    return 'The service does not answer: it has stopped, or the network is cut.'
  const words = message.replace(/^https?:\/\/\S+/, 'The service')
  return hint ? `${words}. ${hint}` : words
}
