// What is decrypted: a value that its owner must ask for by name, and that goes into no message by accident.
// Source: PROOF.md beside this file, section 2: a service that is shown what its answers decrypt to can learn the secret key.
// It guards against mistakes, not against an owner who hands the value on.

/**
 * A decrypted value, for the owner of the key alone. **It must never reach the service that was asked, nor anybody who may tell
 * it**, and neither may anything that was computed of it, nor whether it could be read.
 * JSON refuses it, and `postMessage` and `structuredClone` carry nothing of it.
 */
export class OwnerOnly<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value. Where it goes from here is the owner's choice: not back to the service. */
  forOwner(): T {
    return this.#value
  }

  /** @throws TypeError always: bodies of requests and logs are JSON most often. */
  toJSON(): never {
    throw new TypeError(
      'what was decrypted is for its owner: take what you need of forOwner(), and do not send it',
    )
  }
}
