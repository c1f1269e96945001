// What a thread keeps ready: networks opened for the keys of some holders, the least recently used closed first.
// Source: answering.ts. What WebAssembly holds no garbage collector frees: everything that goes is closed.

import type { Answering } from '../../encrypt/index.ts'

export interface OpenedAnswerings {
  /** What is open for a model and keys, or is opened now. */
  take(model: string, fingerprint: string, open: () => Promise<Answering>): Promise<Answering>
  /** Closes what is open for keys, of one model or of all. */
  close(fingerprint: string, model?: string): void
}

/** Keeps so many at a time. */
export function openedAnswerings(most: number): OpenedAnswerings {
  // In the order of use, the oldest first. Names of models have no blanks.
  const kept = new Map<string, Answering>()
  const drop = (name: string) => {
    kept.get(name)?.close()
    kept.delete(name)
  }
  return {
    async take(model, fingerprint, open) {
      const name = `${fingerprint} ${model}`
      const known = kept.get(name)
      kept.delete(name)
      // Room first: two at once may be more than the memory holds.
      if (!known)
        for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - most + 1))) drop(oldest)
      const answering = known ?? (await open())
      kept.set(name, answering)
      return answering
    },
    close(fingerprint, model) {
      for (const name of [...kept.keys()])
        if (model === undefined ? name.startsWith(`${fingerprint} `) : name === `${fingerprint} ${model}`)
          drop(name)
    },
  }
}
