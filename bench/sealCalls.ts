// What an answer asks of SEAL, and what each of these calls costs alone: the bound that measured operations imply.
// Source: docs/results/bench.md (at most 1.5 times that bound). The calls of one answer are written down as they are made, each with its
// level and size, and made again with copies of what they were made with.
// Copying and encoding are not in the bound: they count against us. A better algorithm would need fewer calls.

import type { Ciphertext, Plaintext } from 'node-seal'
import { loadServiceSeal } from '../src/encrypt/seal/library.ts'
import { median } from '../src/statistics/median.ts'

type Verb = (this: unknown, ...args: unknown[]) => unknown

/** Calls of one kind: operation, primes of the modulus, polynomials of the ciphertext. */
export interface SealCall {
  /** As `OperationTimes` names it. */
  readonly operation: string
  readonly primes: number
  readonly polynomials: number
  readonly count: number
  /** Milliseconds of one alone. */
  readonly samples: readonly number[]
}

const evaluations: Readonly<Record<string, string>> = {
  rotateVector: 'rotate',
  relinearize: 'relinearise',
  relinearizeInplace: 'relinearise',
  multiplyPlain: 'times plain',
  rescaleToNext: 'rescale',
  square: 'square',
  add: 'plus',
  addPlain: 'plus',
  addInplace: 'add',
  subInplace: 'add',
  negateInplace: 'add',
  addPlainInplace: 'add constant',
}

interface Kept {
  readonly operation: string
  readonly primes: number
  readonly polynomials: number
  count: number
  readonly samples: number[]
  /** Makes the call once more; answers milliseconds. */
  readonly again: () => number
}

/**
 * Runs `work`, and then each kind of SEAL call that it made, alone, in turn. What the calls need (keys) must still be open.
 * @returns what `work` returned, and its calls
 */
export async function withSealCalls<T>(
  work: () => T,
  rounds: number,
): Promise<{ readonly result: T; readonly calls: readonly SealCall[] }> {
  const seal = await loadServiceSeal()
  const kept = new Map<string, Kept>()
  const copies: { delete(): void }[] = []
  const owned = <H extends { delete(): void }>(handle: H): H => {
    copies.push(handle)
    return handle
  }
  const note = (operation: string, a: Ciphertext, also: string, again: () => () => number) => {
    const [primes, polynomials] = [a.coeffModulusSize(), a.size()]
    const key = `${operation} ${primes} ${polynomials} ${also}`
    const known = kept.get(key)
    if (known) known.count++
    else kept.set(key, { operation, primes, polynomials, count: 1, samples: [], again: again() })
  }
  const timedCall = (call: () => unknown): number => {
    const start = performance.now()
    call()
    return performance.now() - start
  }
  const prototypeOf = (type: unknown) => (type as { readonly prototype: Record<string, Verb> }).prototype
  const undo: (() => void)[] = []
  const replaceVerb = (type: unknown, name: string, made: (verb: Verb) => Verb) => {
    const prototype = prototypeOf(type)
    const verb = prototype[name]!
    prototype[name] = made(verb)
    undo.push(() => {
      prototype[name] = verb
    })
  }
  const isText = (value: unknown): value is Ciphertext | Plaintext =>
    value instanceof (seal.Ciphertext as unknown as new () => Ciphertext) ||
    value instanceof (seal.Plaintext as unknown as new () => Plaintext)
  const { copy } = prototypeOf(seal.Ciphertext) as { copy: () => Ciphertext }

  for (const [name, operation] of Object.entries(evaluations)) {
    const inPlace = name.endsWith('Inplace')
    replaceVerb(
      seal.Evaluator,
      name,
      (verb) =>
        function (...args) {
          note(operation, args[0] as Ciphertext, name, () => {
            const given = args.slice(0, inPlace ? args.length : -1)
            const copies = given.map((value) => (isText(value) ? owned(value.copy()) : value))
            return () => {
              const text = inPlace ? copy.call(copies[0] as Ciphertext) : new seal.Ciphertext()
              const took = timedCall(() =>
                verb.apply(this, inPlace ? [text, ...copies.slice(1)] : [...copies, text]),
              )
              text.delete()
              return took
            }
          })
          return verb.apply(this, args)
        },
    )
  }
  replaceVerb(
    seal.Ciphertext,
    'saveToArray',
    (verb) =>
      function (...args) {
        note('write', this as Ciphertext, '', () => {
          const copied = owned(copy.call(this as Ciphertext))
          return () => timedCall(() => verb.apply(copied, args))
        })
        return verb.apply(this, args)
      },
  )
  replaceVerb(
    seal.Ciphertext,
    'loadFromArray',
    (verb) =>
      function (...args) {
        const result = verb.apply(this, args)
        note('read', this as Ciphertext, '', () => {
          const bytes = (args[1] as Uint8Array).slice()
          return () => {
            const into = new seal.Ciphertext()
            const took = timedCall(() => verb.apply(into, [args[0], bytes]))
            into.delete()
            return took
          }
        })
        return result
      },
  )
  let result: T
  try {
    result = work()
  } finally {
    for (const back of undo) back()
  }
  if (kept.size === 0) throw new RangeError('no call to SEAL was seen: the work uses another build of it')
  for (let round = 0; round <= rounds; round++)
    for (const call of kept.values()) {
      const took = call.again()
      // The first fills caches.
      if (round > 0) call.samples.push(took)
    }
  for (const handle of copies) handle.delete()
  return { result, calls: [...kept.values()].map(({ again: _, ...call }) => call) }
}

/** Milliseconds that all calls would take at their medians. */
export const boundOf = (calls: readonly SealCall[]): number =>
  calls.reduce((sum, { count, samples }) => sum + count * median(samples), 0)

/** Mean milliseconds of an operation alone, over the levels at which it is called; undefined if it is none of these. */
export function alone(calls: readonly SealCall[], operation: string): number | undefined {
  const matching = calls.filter((call) => call.operation === operation)
  const count = matching.reduce((sum, call) => sum + call.count, 0)
  return count > 0 ? boundOf(matching) / count : undefined
}
