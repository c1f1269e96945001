// Runs a command line in the test's own process: `main` answers its exit code, and what it prints is caught.
// A process a command would spend half a second on reading its sources, before it does anything.
// What it does not show: that the process ends (threads, open files), signals, pipes, limits: `apart` and `start` are for these.

import { vi } from 'vitest'
import type { Ended } from './harness.ts'

let before: Promise<unknown> = Promise.resolve()

/**
 * Runs `frostglass …` in a folder. A process has one working directory, one environment and one stdout: runs wait for each other.
 * @param env takes the place of the variables of these names; the passphrase of whoever runs the tests is no part of them
 */
export function runInProcess(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const run = before.then(() => oneRun(folder, args, env))
  before = run.catch(() => undefined)
  return run
}

async function oneRun(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { main } = await import('../../src/cli/main.ts')
  const cwd = process.cwd()
  const environment = { ...process.env }
  const texts = { out: '', err: '' }
  const catching = (stream: NodeJS.WriteStream, name: keyof typeof texts) =>
    vi.spyOn(stream, 'write').mockImplementation((part, encoding?, done?) => {
      texts[name] += typeof part === 'string' ? part : Buffer.from(part).toString()
      const written = typeof encoding === 'function' ? encoding : done
      written?.()
      return true
    })
  const spies = [catching(process.stdout, 'out'), catching(process.stderr, 'err')]
  try {
    process.chdir(folder)
    delete process.env['FROSTGLASS_PASSPHRASE']
    Object.assign(process.env, env)
    const code = await main(['node', 'frostglass', ...args])
    return { code, signal: null, ...texts }
  } finally {
    for (const spy of spies) spy.mockRestore()
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
    Object.assign(process.env, environment)
    process.chdir(cwd)
  }
}
