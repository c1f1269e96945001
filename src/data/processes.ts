// Who a file belongs to for as long as a process lives: its host, number and start, in the file's name.
// Source: proc(5), field 22 of stat; pid_namespaces(7).
// Of a process of another machine or container nothing is known: whoever asks must take it for alive.

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

// Folders may be shared between machines or containers, where a process number means nothing: containers may have one name.
const host = createHash('sha256')
  .update(`${hostname()} ${linkOf('/proc/self/ns/pid')}`)
  .digest('hex')
  .slice(0, 8)

// A container may have been given the /proc of its host, which numbers processes otherwise.
const isOurProc = linkOf('/proc/self') === String(process.pid)

/** This process, as a part of a file's name: `<host>-<pid>-<start>`. */
export const thisProcess = `${host}-${process.pid}-${startOf(process.pid) ?? 0}`

/** What matches {@link thisProcess} of any process, in one group. */
export const processPattern = '([0-9a-f]{8}-\\d+-\\d+)'

const leftPattern = new RegExp(`^-${processPattern}-[0-9a-f]{8}$`)

/** Whether a process is known to have ended. @param name see {@link thisProcess} */
export function isDead(name: string): boolean {
  const [, itsHost, pid, start] = /^([0-9a-f]{8})-(\d+)-(\d+)$/.exec(name) ?? []
  return itsHost === host && !isRunning(Number(pid), Number(start))
}

/** @param start see {@link startOf}; 0 where it is not known */
function isRunning(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // The number may have been given to a new process since.
  return start === 0 || (startOf(pid) ?? start) === start
}

/** When a process started, in clock ticks since boot; undefined outside Linux. */
function startOf(pid: number): number | undefined {
  if (!isOurProc) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return undefined
  }
}

/** A name for a folder of this process, that tells whose it is. @param prefix of any such folder of its kind */
export function nameOfProcess(prefix: string): string {
  return `${prefix}-${thisProcess}-${randomBytes(4).toString('hex')}`
}

/** Whether a name of {@link nameOfProcess} belongs to a process of this machine that is gone. */
export function isLeftBehind(name: string, prefix: string): boolean {
  const owner = name.startsWith(`${prefix}-`) ? leftPattern.exec(name.slice(prefix.length))?.[1] : undefined
  return owner !== undefined && isDead(owner)
}
