// How much memory and work a plan may take: so many times what its feeds, variables and constants are, and a fixed part.
// Source: none; the factors are generous to networks (activations of a batch, a filter used at every pixel) and finite.
// It counts elements and the operators' own estimates of operations; what a loop decides at run time it cannot see.

import { FrostglassError } from '../../errors.ts'

// 256 MiB of float64, and 64 numbers for each that is given.
const fixedElements = 2 ** 25
const elementsEach = 64
// Some ten seconds, and 4,096 operations for each that is given; a tenth of it may be done while planning.
const fixedOperations = 2 ** 34
const operationsEach = 4096

/** What is left to one plan. */
export interface Budget {
  /** @throws FrostglassError `unsupported` when no such buffer may be allocated. */
  allocate(elements: number, what: string): void
  /** @throws FrostglassError `unsupported` when a run would take too many operations. */
  work(operations: number, isPlanning: boolean, what: string): void
}

/**
 * A budget for a plan that is given so many elements.
 * @param most elements of all buffers, where that is a bound of its own, however much is given
 */
export function createBudget(given: number, most?: number): Budget {
  let elements = most ?? fixedElements + elementsEach * given
  let run = fixedOperations + operationsEach * given
  let planning = run / 10
  return {
    allocate(wanted, what) {
      elements -= wanted
      if (!(elements >= 0)) throw tooMuch(`${what}: ${wanted} elements more`, 'memory')
    },
    work(operations, isPlanning, what) {
      if (isPlanning) planning -= operations
      else run -= operations
      if (!(run >= 0 && planning >= 0)) throw tooMuch(`${what}: ${operations} operations more`, 'time')
    },
  }
}

function tooMuch(what: string, of: string): FrostglassError {
  return new FrostglassError(
    'unsupported',
    `${what} are too many for the plain executor, by the size of what it is given: too much ${of}`,
    "Compile with executor: 'native', if the sizes are what you expect.",
  )
}
