// What a node of a Flower fleet stands on and every platform has its own way to: a connection, a key.
// Source: ours. Node’s are in transport.ts and nodeKey.ts, a browser’s key in webKey.ts, its connection in edge/fleetTransport.ts.
// Nothing here says what is sent, nor that anybody answers.

/** An answer. */
export interface Answer {
  readonly status: number
  readonly body: Uint8Array
}

/**
 * Sends a body to a path of the server.
 * @throws CallFailed where nobody answers, or too slowly
 * @throws FrostglassError 'aborted'; 'input' for an answer that is too long
 */
export type Transport = (
  path: string,
  body: Uint8Array,
  options: {
    readonly headers: Readonly<Record<string, string>>
    readonly signal?: AbortSignal | undefined
    /** Bytes of the answer: of a longer one no more is held, ever. Default 2^28 */
    readonly most?: number | undefined
  },
) => Promise<Answer>

/** Nobody answered: the call may be tried again. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
}

/** A node's key. */
export interface NodeKey {
  /** The public key as PEM: a server looks it up by these bytes. */
  readonly publicPem: Uint8Array
  /** The public key in the form that `flwr supernode register` takes. */
  readonly openSsh: string
  /** Headers that say who calls, at a time. Browsers sign while others go on. */
  headers(now: Date): Promise<Readonly<Record<string, string>>>
}
