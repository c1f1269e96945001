// Fifty processes at one ledger: each gets its answer or a refusal by the budget, in the order in which they came, whoever dies.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { createLedger, openLedger } from './ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-queue-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const make = (epsilon: number) =>
  createLedger(join(folder, `${++files}.ledger`), { dataset: 'people', epsilon, delta: 1e-6 })

/** A process that says `ready`, spends once when it is told to, and says its number or why not. */
function spender(path: string, name = 'count') {
  const script = `import { openLedger } from ${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))}
const [, path, what] = process.argv
process.stdout.write('ready\\n')
process.stdin.once('data', () => {
  try {
    const ledger = openLedger(path, { patience: 600 })
    const spend = { what, unit: 'row', losses: [{ kind: 'priced', epsilon: 0.01, delta: 0 }] }
    process.stdout.write('spent ' + ledger.spend(spend).number + '\\n')
  } catch (error) { process.stdout.write('refused ' + error.code + '\\n') }
  process.exit()
})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let out = ''
  const waiting: (() => void)[] = []
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    for (const look of waiting) look()
  })
  const ready = new Promise<void>((done) => {
    waiting.push(() => out.includes('ready') && done())
    child.on('close', () => done())
  })
  const end = new Promise<string>((done) => child.on('close', () => done(out.replace('ready\n', '').trim())))
  return { child, ready, end, go: () => child.stdin.write('go\n') }
}

const tickets = (path: string): string[] =>
  existsSync(`${path}-queue`) ? readdirSync(`${path}-queue`).filter((name) => /^\d+$/.test(name)) : []

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 20))
}

/** Starts as many at a time as a small machine can load, and has all wait for the word. */
async function crowd(path: string, size: number) {
  const all: ReturnType<typeof spender>[] = []
  while (all.length < size) {
    const some = Array.from({ length: Math.min(10, size - all.length) }, () => spender(path))
    all.push(...some)
    await Promise.all(some.map(({ ready }) => ready))
  }
  return all
}

const minutes = 10 * 60_000

describe('fifty processes at once', () => {
  it('all get an answer, or a refusal by the budget, and none by the lock', {
    timeout: minutes,
  }, async () => {
    const ledger = await make(0.3)
    const all = await crowd(ledger.path, 50)
    for (const { go } of all) go()
    const ends = await Promise.all(all.map(({ end }) => end))
    const spent = ends.filter((line) => line.startsWith('spent'))
    expect(spent.map((line) => Number(line.slice(6))).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    )
    expect(ends.filter((line) => line === 'refused policy')).toHaveLength(20)
    expect(ledger.state()).toMatchObject({ entries: 30, left: { epsilon: expect.closeTo(0, 9) } })
    expect(existsSync(`${ledger.path}-queue`)).toBe(false)
    ledger.close()
  })

  it('are served in the order in which they came, also when some are killed', {
    timeout: minutes,
  }, async () => {
    const ledger = await make(10)
    // Somebody has the file while they come, one after the other.
    const holder = new DatabaseSync(ledger.path)
    holder.exec('BEGIN IMMEDIATE')
    const queue: { name: string; child: ChildProcess; end: Promise<string> }[] = []
    for (let i = 0; i < 12; i++) {
      const name = `number ${i}`
      const { child, ready, end, go } = spender(ledger.path, name)
      await ready
      go()
      await until(() => tickets(ledger.path).length === i + 1)
      queue.push({ name, child, end })
    }
    // The first, two in the middle, the last: killed where they wait.
    const killed = [0, 4, 5, 11]
    for (const i of killed) queue[i]!.child.kill('SIGKILL')
    await Promise.all(killed.map((i) => queue[i]!.end))
    holder.exec('ROLLBACK')
    holder.close()
    const left = queue.filter((_, i) => !killed.includes(i))
    const ends = await Promise.all(left.map(({ end }) => end))
    expect(ends).toEqual(left.map((_, i) => `spent ${i + 1}`))
    expect(ledger.entries().map(({ what }) => what)).toEqual(left.map(({ name }) => name))
    // The last ticket was a dead one's: who comes next clears it away.
    ledger.spend({ what: 'after', unit: 'row', losses: [{ kind: 'priced', epsilon: 0.01, delta: 0 }] })
    expect(existsSync(`${ledger.path}-queue`)).toBe(false)
    ledger.close()
  })

  it('lose nothing that was acknowledged when they are killed as they come', {
    timeout: minutes,
  }, async () => {
    const ledger = await make(10)
    const all = await crowd(ledger.path, 30)
    all.forEach(({ go, child }, i) => {
      go()
      if (i % 3 === 0) setTimeout(() => child.kill('SIGKILL'), 15 * i)
    })
    const ends = await Promise.all(all.map(({ end }) => end))
    const said = ends.filter((line) => line.startsWith('spent')).map((line) => Number(line.slice(6)))
    expect(new Set(said).size).toBe(said.length)
    expect(said.length).toBeGreaterThanOrEqual(20)
    expect(ends.filter((line) => line.startsWith('refused'))).toEqual([])
    const numbers = openLedger(ledger.path)
      .entries()
      .map(({ number }) => number)
    expect(numbers).toEqual(expect.arrayContaining(said))
    ledger.close()
  })
})
