// Lets a process fail, or die, at its n-th change of the file system: what does it leave?
// Source: Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014): crash states between operations.
// What native code writes (DuckDB, SQLite) is not counted; it writes into workspaces and ledgers alone. No write is torn in two.

import fs, { type PathLike } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What happens at the n-th change: it fails; it and all after it fail, as if the process had died; the process dies. */
export type Fault = 'fail' | 'stop' | 'kill'

const changing = {
  sync: [
    'mkdirSync',
    'rmSync',
    'rmdirSync',
    'unlinkSync',
    'renameSync',
    'linkSync',
    'writeFileSync',
    'appendFileSync',
    'copyFileSync',
    'chmodSync',
    'fsyncSync',
  ],
  promises: [
    'mkdir',
    'rm',
    'unlink',
    'rename',
    'link',
    'writeFile',
    'appendFile',
    'copyFile',
    'chmod',
    'truncate',
  ],
  handle: ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync', 'chmod', 'truncate'],
} as const

type Table = Record<string, (...args: never[]) => unknown>

const opensForWriting = (flags: unknown): boolean =>
  typeof flags === 'number'
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0
    : typeof flags === 'string' && /[wa+]/.test(flags)

/**
 * Counts changes of the file system from now on.
 * @param at the place of the change that goes wrong, from 1; 0 for none
 */
export async function injectFault(
  fault: Fault,
  at: number,
): Promise<{ readonly changes: readonly string[]; restore(): void }> {
  const changes: string[] = []
  const before: (() => void)[] = []
  const count = (name: string, what: unknown) => {
    changes.push(`${name} ${typeof what === 'string' ? what.slice(-60) : ''}`)
    if (at === 0 || (fault === 'stop' ? changes.length < at : changes.length !== at)) return
    if (fault === 'kill') process.kill(process.pid, 'SIGKILL')
    throw Object.assign(new Error('EIO: i/o error, injected'), { code: 'EIO', errno: -5, syscall: name })
  }
  const replace = (
    table: Table,
    name: string,
    counts: (args: readonly unknown[]) => boolean,
    apart: boolean,
  ) => {
    const original = table[name]!
    table[name] = function (this: unknown, ...args: never[]) {
      if (!counts(args)) return original.apply(this, args)
      if (!apart) {
        count(name, args[0])
        return original.apply(this, args)
      }
      try {
        count(name, args[0])
      } catch (error) {
        return Promise.reject(error)
      }
      return original.apply(this, args)
    }
    before.push(() => {
      table[name] = original
    })
  }
  const always = () => true
  const path = join(tmpdir(), `frostglass-handle-${process.pid}`)
  const handle = await promises.open(path, 'w')
  const prototype = Object.getPrototypeOf(handle) as Table
  await handle.close()
  await promises.rm(path)
  for (const name of changing.sync) replace(fs as unknown as Table, name, always, false)
  for (const name of changing.promises) replace(promises as unknown as Table, name, always, true)
  for (const name of changing.handle) replace(prototype, name, always, true)
  replace(fs as unknown as Table, 'openSync', ([, flags]) => opensForWriting(flags), false)
  replace(promises as unknown as Table, 'open', ([, flags]) => opensForWriting(flags), true)
  syncBuiltinESMExports()
  return {
    changes,
    restore() {
      for (const one of before) one()
      syncBuiltinESMExports()
    },
  }
}

/** As a module that a process loads before its own: `FROSTGLASS_FAULT=kill:7`. */
const [fault, at] = (process.env['FROSTGLASS_FAULT'] ?? '').split(':')
if (at !== undefined) {
  const report: PathLike | undefined = process.env['FROSTGLASS_FAULT_REPORT']
  const write = fs.writeFileSync
  const { changes } = await injectFault(fault as Fault, Number(at))
  if (report !== undefined) process.on('exit', () => write(report, changes.join('\n')))
}
