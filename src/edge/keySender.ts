// Public keys on their way to a service: sent once under the hash of their bytes, for all who wait for it.
// Source: content addressing; the routes of serve/encrypted.
// The keys' bytes are not kept: new ones of the same secret do as well when the service has forgotten them.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import type { EncryptedAskOptions, SentKeys } from './asked.ts'
import { type Exchange, parcelHeaders } from './exchange.ts'

/** Sends keys, and knows which ones the service should have. */
export interface KeySender {
  /**
   * Sends them, unless the service has them: one sending for all who wait for it; who gives up does so for itself alone.
   * @throws FrostglassError `aborted`, and as the exchange
   */
  send(ask?: EncryptedAskOptions): Promise<SentKeys>
  /** The hash of the keys that were sent; undefined before, and when they are known to be gone. */
  sent(): string | undefined
  /** Notes that the service has them no more. */
  lost(): void
  /** Asks the service to forget them. */
  forget(signal?: AbortSignal): Promise<void>
}

/** Of no keys that had to be sent. */
export const nothingSent: SentKeys = {
  bytes: { keys: 0, question: 0, answer: 0 },
  milliseconds: { makeKeys: 0, sendKeys: 0, encrypt: 0, service: 0, decrypt: 0 },
}

/**
 * @param base the service's address
 * @param options.keys made before, a parcel; `make` gives new ones
 * @param options.signal that ends all sending
 */
export function createKeySender(
  base: string,
  exchange: Exchange,
  make: () => Uint8Array,
  options: { readonly keys?: Uint8Array | undefined; readonly signal?: AbortSignal | undefined },
): KeySender {
  const at = (fingerprint: string) => `${base}/v2/encrypted/keys/${fingerprint}`
  let sent: string | undefined
  let sending: Promise<SentKeys> | undefined

  async function sendOnce({ signal, onStage }: EncryptedAskOptions): Promise<SentKeys> {
    const start = performance.now()
    if (!options.keys) onStage?.('making keys')
    const keys = options.keys ?? make()
    const fingerprint = await hashOf(keys)
    throwIfAborted(signal)
    const middle = performance.now()
    const { status } = await exchange(at(fingerprint), { method: 'HEAD' }, signal, { also: [404] })
    if (status === 404) {
      onStage?.('sending keys')
      const body = keys as Uint8Array<ArrayBuffer>
      await exchange(at(fingerprint), { method: 'PUT', headers: parcelHeaders, body }, signal)
    }
    sent = fingerprint
    const end = performance.now()
    return {
      bytes: { ...nothingSent.bytes, keys: status === 404 ? keys.length : 0 },
      milliseconds: { ...nothingSent.milliseconds, makeKeys: middle - start, sendKeys: end - middle },
    }
  }

  return {
    async send(ask = {}) {
      for (;;) {
        throwIfAborted(ask.signal)
        try {
          sending ??= sendOnce(ask).finally(() => {
            sending = undefined
          })
          return await sending
        } catch (error) {
          const others = error instanceof FrostglassError && error.code === 'aborted' && !ask.signal?.aborted
          if (!others || options.signal?.aborted) throw error
        }
      }
    },
    sent: () => sent,
    lost() {
      sent = undefined
    },
    async forget(signal) {
      if (sent !== undefined) await exchange(at(sent), { method: 'DELETE' }, signal, { also: [404] })
      sent = undefined
    },
  }
}

/** SHA-256 in lower case; by the browser itself, where the page is one that it lets do so. */
async function hashOf(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined
  const hash = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
    : sha256(bytes)
  return bytesToHex(hash)
}
