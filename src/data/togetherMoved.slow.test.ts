// What others do while files take their names, or after a process died at it: folders are moved, names given to something else.

import { execFileSync } from 'node:child_process'
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { injectFault } from '../../test/cli/faults.ts'
import { writeFilesTogether } from './files.ts'
import { settleIn } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-moved-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null)
const names = ['a', 'elsewhere/b', 'c'] as const
const files = (place: string) => names.map((name) => ({ path: join(place, name), bytes: `${name} new` }))

/** A folder with all but `c`. */
function made(): string {
  const place = join(folder, String(count++))
  mkdirSync(join(place, 'elsewhere'), { recursive: true })
  for (const name of names.slice(0, 2)) writeFileSync(join(place, name), `${name} old`)
  return place
}

/** All that is written in any file of a folder. */
const texts = (place: string) =>
  (readdirSync(place, { recursive: true, withFileTypes: true }) as fs.Dirent[])
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

/** What the next process makes of these folders, of which this one is then dead; and what it says. */
function settled(...folders: string[]): string[] {
  const said: string[] = []
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('gone'), { code: 'ESRCH' })
  })
  const warn = vi
    .spyOn(process, 'emitWarning')
    .mockImplementation((warning) => void said.push(String(warning)))
  for (const one of folders) settleIn(one)
  kill.mockRestore()
  warn.mockRestore()
  return said
}

/** A process dies at each of its changes in turn, and `judge` sees what it left, until it does not die any more. */
async function everywhere(judge: (place: string) => void): Promise<void> {
  for (let n = 1; ; n++) {
    const place = made()
    const stopped = await injectFault('stop', n)
    await writeFilesTogether(files(place), { force: true })
      .catch(() => undefined)
      .finally(stopped.restore)
    if (stopped.changes.length < n) return expect(n).toBeGreaterThan(30)
    judge(place)
  }
}

describe('what a dead process had begun, wherever it died', () => {
  it('is ended where the folder is that was moved: all old or all new, and nothing is left over', async () => {
    const seen = new Set<string>()
    await everywhere((place) => {
      const moved = `${place}-moved`
      renameSync(place, moved)
      expect(settled(moved, join(moved, 'elsewhere'))).toEqual([])
      const now = names.map((name) => read(join(moved, name))).join()
      expect(['a old,elsewhere/b old,', 'a new,elsewhere/b new,c new']).toContain(now)
      seen.add(now)
    })
    expect(seen.size).toBe(2)
  })

  it('loses the last copy of nothing where one of two folders was moved', async () => {
    const kept = new Set<number>()
    await everywhere((place) => {
      const moved = `${place}-elsewhere`
      renameSync(join(place, 'elsewhere'), moved)
      const said = settled(place, moved)
      kept.add(said.length)
      const isNew = read(join(place, 'a')) === 'a new'
      const now = [read(join(place, 'a')), read(join(place, 'c'))]
      expect(now).toEqual(isNew ? ['a new', 'c new'] : ['a old', null])
      const words = isNew ? 'new' : 'old'
      expect([...texts(place), ...texts(moved)]).toContain(`elsewhere/b ${words}`)
      for (const one of said) expect(existsSync(/kept in (\S+)/.exec(one)![1]!)).toBe(true)
    })
    expect(kept.size).toBeGreaterThan(1)
  })

  it('is kept, and said once, where a copy of the folder has other files of these names', async () => {
    let times = 0
    await everywhere((place) => {
      const copied = `${place}-copied`
      execFileSync('cp', ['-a', place, copied])
      const before = texts(copied)
      const said = settled(copied, join(copied, 'elsewhere'))
      if (said.length === 0) return
      times++
      for (const text of before.filter((one) => / (old|new)$/.test(one)))
        expect(texts(copied)).toContain(text)
      expect(readdirSync(copied).some((name) => name.startsWith('frostglass-unfinished-'))).toBe(true)
      expect(settled(copied, join(copied, 'elsewhere'))).toEqual([])
    })
    expect(times).toBeGreaterThan(5)
  })
})

describe('a program that asks nobody', () => {
  const calls = ['lstatSync', 'existsSync', 'linkSync', 'renameSync', 'unlinkSync', 'writeFileSync'] as const

  /** Does `act` before the n-th call; answers which that was. */
  async function meddling(n: number, act: () => void, work: () => Promise<unknown>) {
    const table = fs as unknown as Record<string, (...args: unknown[]) => unknown>
    const before = calls.map((name) => [name, table[name]!] as const)
    let [calledSoFar, at] = [0, '']
    for (const [name, original] of before)
      table[name] = (...args) => {
        if (++calledSoFar === n) {
          at = `${name} ${args[0]}`
          // What it calls is not counted.
          calledSoFar = n + 1e6
          act()
        }
        return original(...args)
      }
    syncBuiltinESMExports()
    let error: unknown
    try {
      await work()
    } catch (cause) {
      error = cause
    } finally {
      for (const [name, original] of before) table[name] = original
      syncBuiltinESMExports()
    }
    return { at, error: error as Error | undefined }
  }

  it.each([
    ['that all goes well', undefined],
    ['that it is put back', () => Promise.reject(new Error('the last of three'))],
  ])('loses nothing of what it wrote meanwhile: %s', async (_, then) => {
    const ends = new Set<string>()
    for (let n = 1; ; n++) {
      const place = made()
      const theirs = join(place, 'theirs')
      writeFileSync(theirs, 'of somebody')
      const work = () => writeFilesTogether(files(place), { force: true }, then)
      const { at, error } = await meddling(n, () => renameSync(theirs, join(place, 'elsewhere/b')), work)
      if (at === '') break
      const told = `${n}, before ${at}: ${error?.message}`
      const now = names.map((name) => read(join(place, name))).join()
      ends.add(now)
      if (!error) expect(['a new,elsewhere/b new,c new', 'a new,of somebody,c new'], told).toContain(now)
      // The one gap: a name is replaced by rename(), which does not say what it replaces.
      else if (/^renameSync .*file-1$/.test(at)) expect(now, told).toBe('a old,elsewhere/b old,')
      else expect(now, told).toBe('a old,of somebody,')
      if (!then && error) expect(error.message, told).toMatch(/another program has replaced .*elsewhere.b/)
    }
    expect(ends).toContain('a old,of somebody,')
  })
})
