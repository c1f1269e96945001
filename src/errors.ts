// The one error type of the product, and the exit codes that the command line gives each kind.
// Source: docs/architecture.md#errors-exits-files.
// It does not promise that a message is safe to publish: it names files, rows and columns (never secrets).

/**
 * What went wrong, as a closed set:
 * - `usage`: options or arguments do not fit together;
 * - `input`: a file or table is not what was expected (missing, malformed, wrong type, non-finite …);
 * - `shape`: tensors whose shapes or dtypes do not fit;
 * - `unsupported`: an operator, format or feature that we do not have (the message names it);
 * - `io`: the operating system refused (no space, no permission);
 * - `policy`: an audit's policy is broken, or a privacy budget does not allow a release;
 * - `key`: the key is wrong, damaged, or its passphrase is;
 * - `aborted`: the caller's AbortSignal fired.
 */
export type ErrorCode = 'usage' | 'input' | 'shape' | 'unsupported' | 'io' | 'policy' | 'key' | 'aborted'

/** Every error that a user can cause or cure. A plain `TypeError` or `RangeError` is a programmer's misuse. */
export class FrostglassError extends Error {
  override readonly name = 'FrostglassError'
  readonly code: ErrorCode
  /** What to do about it: a sentence that asks for it, with a capital letter and a full stop. */
  readonly hint: string | undefined

  /** `hint` says what to do about it, `cause` is the error that this one puts into words. */
  constructor(code: ErrorCode, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
  }
}

/** Throws the typed error of an aborted call when `signal` has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FrostglassError('aborted', 'stopped before the work was done')
}

/**
 * Somebody else's words (a server's, a node's, a column's name) as part of a line of ours: nothing in them is obeyed by a terminal, no
 * colour, no title, no turn of the writing's direction, and no line of theirs looks like one of ours.
 */
export const printable = (words: string): string => words.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '�')

/** Process exit status for an error: 0 done, 1 a bug, 2 usage or input, 3 policy, 4 key; 130 as a shell has it for Ctrl-C. */
export function exitCode(error: unknown): number {
  if (!(error instanceof FrostglassError)) return 1
  if (error.code === 'policy') return 3
  if (error.code === 'key') return 4
  if (error.code === 'aborted') return 130
  return 2
}
