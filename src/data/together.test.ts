import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type Fault, injectFault } from '../../test/cli/faults.ts'
import { writeFilesTogether } from './files.ts'
import { placeTogether, settle } from './together.ts'
import { createWorkspace, settleIn } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-together-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let place: string
let count = 0
const at = (...names: string[]) => join(place, ...names)
const read = (...names: string[]) => (existsSync(at(...names)) ? readFileSync(at(...names), 'utf8') : null)
const kill = process.kill

beforeEach(() => {
  place = join(folder, String(count++))
  mkdirSync(join(place, 'elsewhere'), { recursive: true })
})

/** Does something as if all processes that were before it were dead. */
function afterwards<T>(work: () => T): T {
  process.kill = ((pid: number, signal?: number) => {
    if (signal === 0) throw Object.assign(new Error('gone'), { code: 'ESRCH' })
    return kill(pid, signal as never)
  }) as typeof process.kill
  try {
    return work()
  } finally {
    process.kill = kill
  }
}

/** What `settleIn` does of what this process leaves, as if it were dead. */
const settledByTheNext = (...folders: string[]) => afterwards(() => folders.forEach(settleIn))

const files = (word: string) => [
  { path: at('a'), bytes: `a ${word}` },
  { path: at('elsewhere', 'b'), bytes: `b ${word}` },
  { path: at('c'), bytes: `c ${word}` },
]
const now = () => [read('a'), read('elsewhere', 'b'), read('c')]
const wholeOf = (word: string) => files(word).map(({ bytes }) => bytes)

/** Runs with a fault at each change in turn, and calls `judge` each time. */
async function everywhere(fault: Fault, run: () => Promise<void>, judge: (failed: boolean) => void) {
  for (let n = 1; ; n++) {
    place = join(folder, String(count++))
    mkdirSync(join(place, 'elsewhere'), { recursive: true })
    writeFileSync(at('a'), 'a old')
    writeFileSync(at('elsewhere', 'b'), 'b old')
    const injected = await injectFault(fault, n)
    const failed = await run()
      .then(
        () => false,
        () => true,
      )
      .finally(injected.restore)
    if (injected.changes.length < n) return n
    if (fault === 'stop') settledByTheNext(place, at('elsewhere'))
    judge(failed)
  }
}

describe('files written together', () => {
  it('are all there, with their modes, and nothing else is', async () => {
    await writeFilesTogether(files('new'))
    expect(now()).toEqual(wholeOf('new'))
    expect(statSync(at('a')).mode & 0o777).toBe(0o600)
    expect([readdirSync(place).sort(), readdirSync(at('elsewhere'))]).toEqual([
      ['a', 'c', 'elsewhere'],
      ['b'],
    ])
  })

  it.each(['fail', 'stop'] as const)('are all old or all new, wherever a change should %s', async (fault) => {
    let [old, fresh] = [0, 0]
    const changes = await everywhere(
      fault,
      () => writeFilesTogether(files('new'), { force: true }),
      (failed) => {
        const isNew = now().join() === wholeOf('new').join()
        if (!isNew) expect(now()).toEqual(['a old', 'b old', null])
        if (!isNew) expect(failed).toBe(true)
        isNew ? fresh++ : old++
      },
    )
    // Most of the work is before anything is decided.
    expect([changes > 20, old > 10, fresh > 1]).toEqual([true, true, true])
  })

  it('are none where one name is taken', async () => {
    writeFileSync(at('c'), 'mine')
    await expect(writeFilesTogether(files('new'))).rejects.toThrow(/c exists already/)
    expect(now()).toEqual([null, null, 'mine'])
  })

  it('give way where what must go well too does not', async () => {
    await writeFilesTogether(files('old'))
    const run = () => Promise.reject(new Error('the third of three'))
    await expect(writeFilesTogether(files('new'), { force: true }, run)).rejects.toThrow('the third of three')
    expect(now()).toEqual(wholeOf('old'))
    expect(readdirSync(place).sort()).toEqual(['a', 'c', 'elsewhere'])
  })

  it('replace no link, whatever it leads to', async () => {
    symlinkSync('elsewhere', at('a'))
    await expect(writeFilesTogether(files('new'), { force: true })).rejects.toThrow(
      /a is a link to elsewhere/,
    )
    expect([read('elsewhere', 'b'), read('c')]).toEqual([null, null])
  })
})

describe('a folder in place of a folder', () => {
  const run = async () => {
    const workspace = createWorkspace(place)
    try {
      mkdirSync(workspace.path('new'))
      writeFileSync(join(workspace.path('new'), 'in it'), 'new')
      await placeTogether([{ staged: workspace.path('new'), target: at('elsewhere'), force: true }])
    } finally {
      workspace.remove()
    }
  }

  it.each(['fail', 'stop'] as const)('is the old or the new, wherever a change should %s', async (fault) => {
    const seen = new Set<string>()
    await everywhere(fault, run, () => {
      const state = [read('elsewhere', 'b'), read('elsewhere', 'in it')].join()
      expect(['b old,', ',new']).toContain(state)
      seen.add(state)
    })
    expect(seen.size).toBe(2)
  })
})

describe('what a dead process had decided upon', () => {
  /** A workspace as a process leaves it that dies before its first rename. */
  async function left() {
    writeFileSync(at('a'), 'a old')
    for (let n = 1; ; n++) {
      const stopped = await injectFault('stop', n)
      await writeFilesTogether(files('new'), { force: true })
        .catch(() => undefined)
        .finally(stopped.restore)
      const own = readdirSync(place).filter((name) => name.startsWith('.frostglass-'))
      if (own.some((name) => existsSync(at(name, 'journal.json')))) return at(own[0]!)
      for (const one of [place, at('elsewhere')])
        for (const name of readdirSync(one).filter((name) => name.startsWith('.frostglass-')))
          rmSync(join(one, name), { recursive: true })
    }
  }

  it('is not done where somebody has given the name to something else since', async () => {
    const workspace = await left()
    rmSync(at('a'))
    writeFileSync(at('a'), 'somebody else’s')
    afterwards(() => settle(workspace))
    expect(now()).toEqual(['somebody else’s', null, null])
  })

  it('is not believed of a folder that others can write', async () => {
    const workspace = await left()
    chmodSync(workspace, 0o777)
    afterwards(() => settle(workspace))
    expect(now()).toEqual(['a old', null, null])
  })

  it('is done once, and by whoever comes', async () => {
    await left()
    settledByTheNext(at('elsewhere'), place)
    expect(now()).toEqual(wholeOf('new'))
    settledByTheNext(place)
    expect(now()).toEqual(wholeOf('new'))
  })
})
