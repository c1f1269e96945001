// An output of a channel, drawn by a keyed function: the same session and code give the same output for ever.
// Source: PROOF.md, theorem B; inverse of the distribution function, at a number of 53 bits.
// Keyed by the code, not by the input: slightly changed copies of an input would else average the noise away.

import { FrostglassError } from '../../errors.ts'
import { keyedUniform } from '../../secret/derive.ts'

/**
 * @param channel channel[code][output]: rows add up to 1 @param secret the device's, 32 bytes
 * @param what names the draw: the session and the code
 * @throws FrostglassError 'input' for a code that the channel does not have
 */
export function sampleOutput(
  channel: readonly (readonly number[])[],
  code: number,
  secret: Uint8Array,
  what: string,
): number {
  const law = channel[code]
  if (!law)
    throw new FrostglassError(
      'input',
      `the channel has ${channel.length} codes, and code ${code} is none of them`,
      'Use the pane and the channel that were certified together.',
    )
  let at = keyedUniform(secret, 'release draws', what)
  for (const [output, chance] of law.entries()) {
    if (at < chance) return output
    at -= chance
  }
  // What rounding leaves of 1 goes to an output that can be.
  return law.findLastIndex((chance) => chance > 0)
}
