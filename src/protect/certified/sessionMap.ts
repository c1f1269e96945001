// A session's outputs: for each code, the output that a channel releases for it, drawn by a keyed function of the session.
// Source: CERTIFIED obfuscation, section 4b: W is sampled by a PRF of (device secret, session, code); HMAC-SHA256 (RFC 2104),
// then ChaCha20 under HKDF. Not of the input: whoever sends slightly changed copies of one would average the noise away.
// The law of a draw is W's to within 2^-53.

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { stream, subkey } from '../../secret/derive.ts'

/**
 * @param channel channel[code][output]; rows add up to 1
 * @param secret of the device, 32 bytes @param session its name; another name draws anew
 * @returns the output of each code; the same for the same secret, session and channel
 * @throws RangeError when the secret is not 32 bytes
 * @example sessionMap([[0.9, 0.1], [0.2, 0.8]], drawSecret(), 'visit 7')[code]
 */
export function sessionMap(
  channel: readonly (readonly number[])[],
  secret: Uint8Array,
  session: string,
): Int32Array {
  const own = hmac(sha256, subkey(secret, 'channel'), new TextEncoder().encode(session))
  const random = stream(own, 'channel')
  return Int32Array.from(channel, (law) => {
    const draw = random.uniform()
    let below = 0
    for (const [output, chance] of law.entries()) {
      below += chance
      if (draw < below) return output
    }
    // The chances add up to a little less than 1, and the draw lies above: it is the last that has any.
    return law.findLastIndex((chance) => chance > 0)
  })
}
