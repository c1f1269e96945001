// Public keys by the hash of their bytes: nobody can put others in their place, and a client sends its own once.
// Source: content addressing; least recently used first. They lie in shared memory: every thread reads the same bytes.
// Who knows a hash can ask with the keys, or remove them; the answers are readable for the secret's holder alone.

import type { Packing } from '../../encrypt/inference/packings.ts'
import { Refusal } from '../v2/refusal.ts'

/** Keys of one holder. */
export interface StoredKeys {
  readonly fingerprint: string
  /** Of the public keys in them, however they are packed: by it images are counted. */
  readonly identity: string
  readonly packing: Packing
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Questions that are with them: they stay until the last is answered. */
  users: number
}

export interface KeyStore {
  /** Keys, now the most recently used. */
  find(fingerprint: string): StoredKeys | undefined
  /**
   * Keeps keys; answers whether they are new.
   * @throws Refusal 413 for more than all may have, 503 when too many are in use
   */
  put(fingerprint: string, keys: Pick<StoredKeys, 'identity' | 'packing'>, bytes: Uint8Array): boolean
  /** Forgets keys; answers whether there were any. */
  remove(fingerprint: string): boolean
  /** Lends keys to `work`. */
  using<T>(keys: StoredKeys, work: () => Promise<T>): Promise<T>
  readonly count: () => number
  readonly bytes: () => number
}

/**
 * An empty store.
 * @param onGone called once for keys that are gone and no longer in use
 */
export function createKeyStore(
  limits: { readonly keys: number; readonly keyBytes: number },
  onGone: (fingerprint: string) => void,
): KeyStore {
  // In the order of use, the oldest first.
  const kept = new Map<string, StoredKeys>()
  const size = () => [...kept.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  const remove = (fingerprint: string): boolean => {
    const keys = kept.get(fingerprint)
    kept.delete(fingerprint)
    if (keys?.users === 0) onGone(fingerprint)
    return keys !== undefined
  }
  const touch = (keys: StoredKeys) => {
    kept.delete(keys.fingerprint)
    kept.set(keys.fingerprint, keys)
  }
  return {
    find(fingerprint) {
      const keys = kept.get(fingerprint)
      if (keys) touch(keys)
      return keys
    },
    put(fingerprint, { identity, packing }, bytes) {
      const known = kept.get(fingerprint)
      if (known) {
        touch(known)
        return false
      }
      if (bytes.length > limits.keyBytes)
        throw new Refusal(
          413,
          `all keys together may have ${limits.keyBytes} bytes, and these have ${bytes.length}`,
        )
      const full = () => kept.size >= limits.keys || size() + bytes.length > limits.keyBytes
      while (full()) {
        const idle = [...kept.values()].find(({ users }) => users === 0)
        if (!idle) throw new Refusal(503, 'all keys that are held are in use; try again', 5)
        remove(idle.fingerprint)
      }
      kept.set(fingerprint, { fingerprint, identity, packing, bytes: inSharedMemory(bytes), users: 0 })
      return true
    },
    remove,
    async using(keys, work) {
      keys.users++
      try {
        return await work()
      } finally {
        keys.users--
        if (keys.users === 0 && kept.get(keys.fingerprint) !== keys) onGone(keys.fingerprint)
      }
    },
    count: () => kept.size,
    bytes: size,
  }
}

/** A copy that threads share. */
export function inSharedMemory(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}
