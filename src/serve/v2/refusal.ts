// An answer of the service that is not a result: a status of HTTP and one sentence for the body {"error": …}.
// Source: "Inference Response JSON Error Object" of the Open Inference Protocol; statuses as in RFC 9110.
// The sentence tells names, shapes and sizes, never the contents of a tensor.

/** Thrown inside the service, answered by it; it never reaches a caller of the library. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** Status of HTTP. */
  readonly status: number
  /** Seconds after which the same request may do better. */
  readonly retryAfter: number | undefined

  constructor(status: number, message: string, retryAfter?: number) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }
}
