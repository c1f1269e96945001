// The program of an opened pane: compiled at its first use, used by one at a time, freed at the end.
// Source: docs/architecture.md#the-engine (Program: a program's results are valid until its next run).
// It may be used again after it was closed: then it is compiled anew.

import type { Program } from '../graph/index.ts'

/** A program and the turns at it. */
export interface HeldProgram {
  /** Does work that may run the program, after all that was asked for before. @param work is given what makes the program ready */
  inTurn<T>(work: (ready: () => Promise<Program>) => Promise<T>): Promise<T>
  /** Frees the program, if there is one. */
  close(): Promise<void>
}

/** @param open compiles the program */
export function heldProgram(open: () => Promise<Program>): HeldProgram {
  let program: Promise<Program> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const ready = () => {
    program ??= open()
    return program
  }
  return {
    inTurn(work) {
      const mine = turn.then(() => work(ready))
      turn = mine.catch(() => undefined)
      return mine
    },
    async close() {
      const opened = await program
      program = undefined
      await opened?.close()
    },
  }
}
