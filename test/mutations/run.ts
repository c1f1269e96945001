// Runs altered models in child processes, which may crash or hang, and counts what became of them.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What became of one model. */
export interface Fate {
  readonly i: number
  readonly name: string
  readonly how: string
  /** `done`, an error's code, or `untyped: …`. */
  readonly read: string
  readonly plain: string
  readonly native: string
  readonly seconds: number
  readonly memory: number
  readonly size: number
}

/** What became of all of them; a crash names the model, and whether it came while the native executor had it. */
export interface Fates {
  readonly fates: readonly Fate[]
  readonly crashes: readonly string[]
}

// Ends what hangs: no machine is so slow.
const silence = 300_000

/** Alters `count` models of a run from `first` on. */
export async function runMutations(seed: number, first: number, count: number): Promise<Fates> {
  const fates: Fate[] = []
  const crashes: string[] = []
  for (let next = first; next < first + count; ) {
    const { last, how } = await runChild(seed, next, first + count - next, fates)
    if (how === undefined) break
    crashes.push(how)
    next = last + 1
  }
  return { fates, crashes }
}

async function runChild(seed: number, first: number, count: number, fates: Fate[]) {
  const child = spawn(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'child.ts'), String(seed), String(first), String(count)],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let last = first - 1
  let open: { i: number; name?: string; how?: string; native?: boolean } | undefined
  let timer = setTimeout(() => child.kill('SIGKILL'), silence)
  const closed = new Promise<string>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? String(code))),
  )
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer)
    timer = setTimeout(() => child.kill('SIGKILL'), silence)
    const said = JSON.parse(line) as Partial<Fate> & {
      i: number
      begins?: boolean
      reached?: boolean
    }
    last = said.i
    if (said.begins) open = { i: said.i, name: said.name!, how: said.how! }
    else if (said.reached) open = { ...open!, native: true }
    else {
      open = undefined
      fates.push(said as Fate)
    }
  }
  clearTimeout(timer)
  const end = await closed
  if (!open && end === '0') return { last, how: undefined }
  if (!open) throw new Error(`the process of altered models ended with ${end} between two of them`)
  return {
    last,
    how: `model ${last} (${open?.name}, ${open?.how}) ${open?.native ? 'natively' : 'here'}: ${end}`,
  }
}
