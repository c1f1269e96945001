// A case of the conformance run, as scripts/conformance/cases.py writes it, and what came of it.
// Source: ONNX's backend tests: a model, its inputs, and the outputs that another implementation gave.

/** A tensor of a case; other kinds (sequences, absent optionals) have no contents here. */
export interface CaseTensor {
  readonly kind: 'tensor' | 'sequence' | 'none'
  /** The name of a TensorProto.DataType. */
  readonly dtype?: string | undefined
  readonly shape?: readonly number[] | undefined
  /** The bytes as the dtype has them, and the values as float64; both base64. Absent for strings and complex numbers. */
  readonly raw?: string | undefined
  readonly values?: string | undefined
}

export interface Case {
  /** `node`: ONNX's own; `version`: one operator at one operator set. */
  readonly suite: 'node' | 'version'
  readonly name: string
  readonly model: string
  readonly inputs: readonly CaseTensor[]
  readonly outputs: readonly CaseTensor[]
  readonly rtol: number
  readonly atol: number
}

/** `refused`: an error of ours; `untyped`: another error, a crash, or no answer. */
export type Outcome = 'pass' | 'refused' | 'wrong' | 'untyped'

export interface Verdict {
  readonly outcome: Outcome
  readonly why: string
}

export interface Answer {
  /** The operator that the case is about, its version, and whether every operator in the model is one of ours. */
  readonly operator: string
  readonly version: number
  readonly listed: boolean
  readonly plain: Verdict
  readonly native: Verdict
}
