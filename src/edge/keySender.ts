// Public keys on their way to a service: sent once under the hash of their bytes, for all who wait for it.
// Source: content addressing; the routes of serve/encrypted.
// The keys' bytes are not kept: new ones of the same secret do as well when the service has forgotten them.

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
  sent: string | undefined
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
 * @param make gives new keys, a parcel, and `hashOf` the name of keys: SHA-256 in lower case
 * @param options.keys made before
 * @param options.signal that ends all sending
 */
export function createKeySender(
  base: string,
  exchange: Exchange,
  make: () => Uint8Array,
  hashOf: (bytes: Uint8Array) => Promise<string>,
  options: { readonly keys?: Uint8Array | undefined; readonly signal?: AbortSignal | undefined },
): KeySender {
  const at = (fingerprint: string) => `${base}/v2/encrypted/keys/${fingerprint}`
  let sending: Promise<SentKeys> | undefined

  async function sendOnce({ signal, onStage }: EncryptedAskOptions): Promise<SentKeys> {
    const start = performance.now()
    if (!options.keys) onStage?.('making keys')
    const keys = options.keys ?? make()
    const fingerprint = await hashOf(keys)
    throwIfAborted(signal)
    const middle = performance.now()
    const there = at(fingerprint)
    const { status } = await exchange(there, { method: 'HEAD' }, signal, { also: [404] })
    if (status === 404) {
      onStage?.('sending keys')
      await exchange(
        there,
        { method: 'PUT', headers: parcelHeaders, body: keys as Uint8Array<ArrayBuffer> },
        signal,
      )
    }
    sender.sent = fingerprint
    const end = performance.now()
    return {
      bytes: { ...nothingSent.bytes, keys: status === 404 ? keys.length : 0 },
      milliseconds: { ...nothingSent.milliseconds, makeKeys: middle - start, sendKeys: end - middle },
    }
  }

  const sender: KeySender = {
    sent: undefined,
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
    async forget(signal) {
      if (sender.sent !== undefined)
        await exchange(at(sender.sent), { method: 'DELETE' }, signal, { also: [404] })
      sender.sent = undefined
    },
  }
  return sender
}
