// Microsoft SEAL in WebAssembly, loaded once a thread; its exceptions as errors; its handles freed together.
// Source: node-seal 7 (SEAL 4.1.2). What WebAssembly holds, no garbage collector frees.

import type { ClassHandle, MainModule } from 'node-seal'
import { FrostglassError } from '../../errors.ts'

export type { MainModule } from 'node-seal'

let loading: Promise<MainModule> | undefined
let options: { locateFile?: () => string } = {}

/** Says where the library's WebAssembly is, before it is first used; beside its JavaScript if never said. */
export function locateSeal(url: string | URL): void {
  options = { locateFile: () => String(url) }
}

/** The library of this thread. */
export function loadSeal(): Promise<MainModule> {
  loading ??= import('node-seal').then(({ default: start }) => start(options))
  // What failed to load for want of a network is asked for again.
  loading.catch(() => {
    loading = undefined
  })
  return loading
}

/** What SEAL said, from a thrown `WebAssembly.Exception` or anything else. */
export function sealMessage(error: unknown): string {
  const said = (error as { message?: unknown } | null)?.message
  return Array.isArray(said) ? String(said.at(-1)) : String(said ?? error)
}

/** Runs `work`; what SEAL throws becomes an `input` error with the caller's message and hint. */
export function orRefuse<T>(work: () => T, message: string, hint: string): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof FrostglassError) throw error
    throw new FrostglassError('input', message, hint, new Error(sealMessage(error)))
  }
}

/** Handles that are freed together. */
export interface Arena {
  /** Takes a handle in; gives it back. */
  own<T extends ClassHandle>(handle: T): T
  /** Frees one before the others. */
  free(...handles: ClassHandle[]): void
  close(): void
}

/** An arena with nothing in it. */
export function createArena(): Arena {
  const owned = new Set<ClassHandle>()
  const free = (...handles: ClassHandle[]) => {
    for (const handle of handles) {
      owned.delete(handle)
      if (!handle.isDeleted()) handle.delete()
    }
  }
  return {
    own(handle) {
      owned.add(handle)
      return handle
    },
    free,
    close: () => free(...owned),
  }
}
