// What a graph is made of: values, the nodes that give them, the operators that nodes apply, and graphs themselves.
// Source: ONNX IR specification; ONNX operator specifications, opset 18. One entry of one file in operators/ adds an operator.
// Types alone, in one file since they name each other: an operator's gradient is made of values, and an attribute may be a graph.

import type { Dim, Shape } from './shape.ts'
import type { DType, Tensor } from './tensor.ts'

/** A symbolic tensor. Compared by identity; immutable. */
export interface Value extends ValueInfo {
  readonly kind: 'input' | 'constant' | 'variable' | 'node'
  readonly name: string | undefined
  /** The contents of a constant; the initial contents of a variable. */
  readonly tensor: Tensor | undefined
  readonly node: Node | undefined
  /** Which output of `node` this is. */
  readonly index: number
}

/** An operator applied. */
export interface Node {
  readonly operator: Operator
  readonly name: string | undefined
  /** The file that it was read from, for messages. */
  readonly origin: string | undefined
  readonly inputs: readonly (Value | undefined)[]
  /** Values from outside that a subgraph of this node uses (Loop); they count as inputs in every traversal. */
  readonly captured: readonly Value[]
  readonly attributes: Attributes
  readonly outputs: readonly Value[]
}

/** A computation, closed: everything that `outputs` and `updates` depend on is an input, a constant or a variable. */
export interface Graph {
  readonly inputs: readonly Value[]
  readonly outputs: Readonly<Record<string, Value>>
  /** The names of the outputs in a file's order, where a record has another: names that are whole numbers come first there. */
  readonly outputOrder?: readonly string[] | undefined
  readonly variables: readonly Value[]
  /** Pairs of a variable and the value that it takes after a run. */
  readonly updates: readonly (readonly [variable: Value, next: Value])[]
  /** In an order in which they can run. */
  readonly nodes: readonly Node[]
}

/** The type of an attribute, as ONNX writes it. */
export type AttributeType = 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor' | 'graph'
/** The value of an attribute of a node. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Tensor | Graph
/** Attributes of a node by their ONNX names; one that is absent takes the operator's default. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>

/** What shape inference knows of a value. */
export interface ValueInfo {
  readonly dtype: DType
  readonly shape: Shape
  /** The elements of an integer scalar or vector, when known: sizes and free dimensions. */
  readonly content: readonly Dim[] | undefined
}

/** A float64 buffer of the plain executor with its concrete shape. Every dtype lives in float64 there. */
export interface Buffer {
  readonly data: Float64Array
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** What a kernel is planned from. Buffers never move: read `.data` once and close over it. */
export interface KernelContext {
  readonly inputs: readonly (Buffer | undefined)[]
  readonly outputs: readonly Buffer[]
  readonly attributes: Attributes
  /** The buffers of `node.captured` (Loop). */
  readonly captured: ReadonlyMap<Value, Buffer>
}

/**
 * What a gradient rule is given; it answers one gradient per input, `undefined` where none flows. One that
 * `differentiatesCaptured` goes on with one per captured value.
 */
export interface GradientContext {
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
  /** The loss' gradient by each output; `undefined` for an output that the loss does not use. */
  readonly grads: readonly (Value | undefined)[]
  /** Whether a gradient is asked for each input, and after them for each captured value. */
  readonly needs: readonly boolean[]
  /** What the node's subgraphs take from outside (If). */
  readonly captured: readonly Value[]
}

/**
 * An operator: its name, attributes, shape inference, gradient rule and plain kernel, side by side. Without a kernel it runs on
 * the native executor only; without a gradient it cannot be trained through.
 */
export interface Operator {
  /** ONNX op_type. */
  readonly name: string
  /** ONNX domain; absent for the standard one. */
  readonly domain?: string | undefined
  /**
   * The versions (ONNX: since_version) of the standard operator in which a node of this form means what we compute: nodes
   * of other versions are translated to it or refused, and models are written in an operator set that has one of these.
   * Absent: the version of operator set 18 (the first, for a later operator) and those alike (`onnx/_versions.ts`).
   */
  readonly since?: readonly number[] | undefined
  /**
   * Names and types of all the attributes that inference, gradient and kernel understand: a node with another one, not
   * at its default, is not of this entry. Attributes that are text are checked for their values by `infer`.
   */
  readonly attributes?: Readonly<Record<string, AttributeType>> | undefined
  /**
   * Output dtypes and shapes. `what` names the node in messages; `captured` says what is known of values from outside
   * that a subgraph uses, where that is more than the values say themselves. @throws FrostglassError `shape`.
   */
  infer(
    inputs: readonly (ValueInfo | undefined)[],
    attributes: Attributes,
    what: string,
    captured?: ReadonlyMap<Value, ValueInfo>,
  ): readonly ValueInfo[]
  /** Absent: no rule, training through it is an error. `'none'`: its outputs are constant almost everywhere. */
  readonly gradient?: ((g: GradientContext) => readonly (Value | undefined)[]) | 'none' | undefined
  /** True when `gradient` answers for captured values too (If); otherwise training through them is an error. */
  readonly differentiatesCaptured?: boolean | undefined
  /** The subgraph that stands for the node once its first input is known (If). */
  readonly taken?: ((attributes: Attributes, condition: Float64Array) => Graph) | undefined
  /**
   * What the native executor runs in its place: the same in other operators. Undefined where ONNX Runtime has a kernel of
   * this meaning for such inputs, which is taken then.
   */
  readonly lower?:
    | ((inputs: readonly (Value | undefined)[], attributes: Attributes) => readonly Value[] | undefined)
    | undefined
  /** The outputs' shapes where they follow from elements that inputs hold, for the plain executor, which knows them at times. */
  readonly measure?: ((k: Omit<KernelContext, 'outputs'>) => readonly (readonly number[])[]) | undefined
  /** Plans one node: returns what a run calls. Must not allocate when called. */
  readonly kernel?: ((k: KernelContext) => () => void) | undefined
  /** Why there is no kernel, for messages, where there is one for other nodes of this name. */
  readonly lacks?: string | undefined
  /** True when the output is the first input's memory under another shape (no kernel then). */
  readonly view?: boolean | ((inputs: readonly ValueInfo[], attributes: Attributes) => boolean) | undefined
  /** True when `infer` understands inputs of unknown rank; others are asked for each rank in turn (infer.ts). */
  readonly anyRank?: boolean | undefined
  /**
   * Whether float8 and what has fewer bits (narrow.ts) may come and go: it `moves` them, or this says the node in other
   * operators for the native executor, of inputs that wider dtypes carry (`operators/_narrowed.ts`); `to` is the node's output dtype.
   */
  readonly narrow?:
    | 'moves'
    | ((inputs: readonly (Value | undefined)[], attributes: Attributes, to: DType) => readonly Value[])
    | undefined
  /** True when each run gives another result (Dropout, RandomNormalLike): never folded. */
  readonly random?: boolean | undefined
  /** Floating-point operations for concrete shapes; the outputs' sizes when absent. */
  readonly flops?:
    | ((
        inputs: readonly (Buffer | ValueInfo | undefined)[],
        outputs: readonly ValueInfo[],
        attributes: Attributes,
      ) => number)
    | undefined
}
