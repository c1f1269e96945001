import { spawn } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { createLedger, type LedgerOptions, openLedger } from './ledger.ts'
import type { Spend } from './spend.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-ledger-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const free = () => join(folder, `${++files}.ledger`)
const make = (options: Partial<LedgerOptions> = {}) =>
  createLedger(free(), { dataset: 'people', epsilon: 1, delta: 1e-6, ...options })
const count = (scale: number): Spend => ({ kind: 'discrete-laplace', scale, sensitivity: 1 })
const tenth = { what: 'count', unit: 'row', losses: [count(10)] }

describe('a ledger', () => {
  it('takes what fits and not a tenth more, and says so after it is opened again', async () => {
    const ledger = await make({ epsilon: 0.3 })
    for (let i = 1; i <= 3; i++)
      expect(ledger.spend(tenth)).toMatchObject({ number: i, epsilon: 0.1, delta: 0 })
    expect(() => ledger.spend(tenth)).toThrow(/ε would come to 0.4 of 0.3, and 0.3 is spent/)
    ledger.close()
    const again = openLedger(ledger.path)
    expect(again.state()).toMatchObject({ dataset: 'people', entries: 3, left: { epsilon: 0, delta: 1e-6 } })
    expect(again.entries().map(({ what, unit, losses }) => ({ what, unit, losses }))).toEqual(
      Array(3).fill(tenth),
    )
    again.close()
  })

  it('gives a training the tight price at the δ that it states, once', async () => {
    const ledger = await make({ epsilon: 3, delta: 1e-5 })
    const losses: Spend[] = [
      { kind: 'sampled-gaussian', noiseMultiplier: 1, rate: 256 / 60000, times: 14062 },
    ]
    expect(() => ledger.spend({ what: 'training', unit: 'row', losses })).toThrow(/no ε without a δ/)
    const { epsilon } = ledger.spend({ what: 'training', unit: 'row', losses, delta: 1e-5 })
    expect(epsilon).toBeGreaterThan(2.8225)
    expect(epsilon).toBeLessThan(2.8253)
    expect(() =>
      ledger.spend({
        what: 'noise',
        unit: 'row',
        losses: [{ kind: 'gaussian', noiseMultiplier: 100 }],
        delta: 1e-9,
      }),
    ).toThrow(/δ would come to 1.0001e-5 of 1e-5,/)
    expect(ledger.spend(tenth).number).toBe(2)
    ledger.close()
  })

  it('is one data set’s, and its requests mean something', async () => {
    const ledger = await make()
    for (const request of [
      { ...tenth, dataset: 'others' },
      { ...tenth, what: ' ' },
      { ...tenth, losses: [] },
      { ...tenth, losses: [count(0)] },
      { ...tenth, losses: [count(Number.NaN)] },
      { ...tenth, losses: [{ ...count(10), times: 0 }] },
      { ...tenth, losses: [{ ...count(10), times: -5 }] },
      { ...tenth, losses: [{ ...count(10), sensitivity: 0.5 }] },
      { ...tenth, losses: [{ kind: 'priced', epsilon: -1, delta: 0 }] as Spend[] },
      { ...tenth, losses: [{ kind: 'concentrated', rho: -1 }] as Spend[] },
      { ...tenth, losses: [{ kind: 'uniform' }] as unknown as Spend[] },
      { ...tenth, delta: 1 },
    ])
      expect(() => ledger.spend(request)).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(ledger.entries()).toEqual([])
    ledger.close()
    await expect(createLedger(ledger.path, { dataset: 'x', epsilon: 1, delta: 1e-6 })).rejects.toThrow(
      /exists already/,
    )
    for (const options of [
      { epsilon: 0 },
      { epsilon: Number.POSITIVE_INFINITY },
      { delta: 0 },
      { delta: 1 },
      { dataset: '' },
    ])
      await expect(make(options)).rejects.toThrow(expect.objectContaining({ code: 'usage' }))
    expect(statSync(ledger.path).mode & 0o777).toBe(0o600)
  })
})

describe('the file', () => {
  it('is refused in words when cut, changed or another thing, and never taken for an empty ledger', async () => {
    const ledger = await make()
    for (let i = 0; i < 4; i++) ledger.spend(tenth)
    ledger.close()
    const good = readFileSync(ledger.path)
    const path = free()
    const refused = (why: string) => {
      try {
        openLedger(path).close()
      } catch (error) {
        expect(error, why).toMatchObject({
          code: expect.stringMatching(/^(input|unsupported)$/),
          hint: expect.any(String),
        })
        return
      }
      throw new Error(`${why} was accepted`)
    }
    for (let size = 0; size < good.length; size += 997) {
      writeFileSync(path, good)
      truncateSync(path, size)
      refused(`cut to ${size}`)
    }
    const text = good.indexOf('"what":"count"')
    writeFileSync(path, good.with(text + 9, 'd'.charCodeAt(0)))
    refused('a letter of an entry changed')
    for (const statement of [
      'DELETE FROM records WHERE number = 2',
      'DELETE FROM records WHERE number = 4',
      'DELETE FROM records',
      'DELETE FROM ledger',
      'DROP TABLE records',
      'UPDATE ledger SET header = replace(header, \'"epsilon":1\', \'"epsilon":9\')',
      "UPDATE records SET record = replace(record, '10', '99') WHERE number = 1",
      'PRAGMA user_version = 3',
      'PRAGMA application_id = 1',
    ]) {
      writeFileSync(path, good)
      const database = new DatabaseSync(path)
      database.exec(statement)
      database.close()
      refused(statement)
    }
    writeFileSync(path, 'name,age\nanna,41\n'.repeat(500))
    refused('a CSV')
    rmSync(path)
    refused('nothing')
    mkdirSync(path)
    refused('a folder')
  })

  it('survives any byte changed: as it was, or refused', async () => {
    const ledger = await make()
    ledger.spend(tenth)
    ledger.close()
    const good = readFileSync(ledger.path)
    const path = free()
    for (let at = 0; at < good.length; at += 61) {
      writeFileSync(path, good.with(at, good[at]! ^ 0x55))
      try {
        const opened = openLedger(path)
        expect(opened.state()).toMatchObject({ entries: 1, spent: { epsilon: 0.1 }, epsilon: 1 })
        opened.close()
      } catch (error) {
        expect(error, String(at)).toMatchObject({ name: 'FrostglassError' })
      }
    }
  })

  it('waits for a writer, then names what is wrong', async () => {
    const ledger = await make()
    const other = new DatabaseSync(ledger.path)
    other.exec('BEGIN IMMEDIATE')
    const impatient = openLedger(ledger.path, { patience: 0.3 })
    expect(() => impatient.spend(tenth)).toThrow(/is locked by another process/)
    impatient.close()
    other.exec('ROLLBACK')
    other.close()
    expect(ledger.spend(tenth).number).toBe(1)
    expect(() => openLedger(ledger.path).spend({ ...tenth, losses: [count(1)] })).toThrow(
      expect.objectContaining({ code: 'policy' }),
    )
    ledger.close()
  })

  it.skipIf(process.getuid?.() === 0)('does not spend where it may not write', async () => {
    const ledger = await make()
    ledger.close()
    chmodSync(ledger.path, 0o400)
    const again = openLedger(ledger.path)
    expect(() => again.spend(tenth)).toThrow(/cannot be written to/)
    again.close()
  })
})

/** A process that spends a thousandth at a time and says a line after each, until it is refused or killed. */
function spender(path: string) {
  const script = `import { openLedger } from ${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))}
const ledger = openLedger(process.argv[1])
try { for (;;) process.stdout.write(ledger.spend({ what: 'count', unit: 'row', losses: [{ kind: 'priced', epsilon: 0.01, delta: 0 }] }).number + '\\n') }
catch (error) { process.stdout.write(error.code + '\\n') }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  let said: (lines: number) => void = () => {}
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    said(out.split('\n').length - 1)
  })
  const end = new Promise<string[]>((done) => child.on('close', () => done(out.split('\n').slice(0, -1))))
  const lines = (wanted: number) =>
    new Promise<void>((done) => {
      said = (now) => now >= wanted && done()
      child.on('close', () => done())
    })
  return { child, end, lines }
}

describe('processes', () => {
  it('lose no spend that was acknowledged when killed', async () => {
    const ledger = await make({ epsilon: 100 })
    const acknowledged: number[] = []
    for (let round = 0; round < 4; round++) {
      const { child, end, lines } = spender(ledger.path)
      await lines(3)
      await new Promise((done) => setTimeout(done, 7 * round))
      child.kill('SIGKILL')
      acknowledged.push(...(await end).map(Number))
    }
    const numbers = ledger.entries().map(({ number }) => number)
    expect(acknowledged.length).toBeGreaterThanOrEqual(12)
    expect(numbers).toEqual(expect.arrayContaining(acknowledged))
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    // Killed between the disk and the pipe, a spend is in the ledger and was never said: the safe way round.
    expect(numbers.length - acknowledged.length).toBeLessThanOrEqual(4)
    ledger.close()
  })

  it('never spend more than there is, two at once', async () => {
    const ledger = await make({ epsilon: 0.2 })
    const [one, two] = await Promise.all([spender(ledger.path).end, spender(ledger.path).end])
    expect([one.at(-1), two.at(-1)]).toEqual(['policy', 'policy'])
    const numbers = [...one.slice(0, -1), ...two.slice(0, -1)].map(Number).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(ledger.state()).toMatchObject({ entries: 20, left: { epsilon: 0 } })
    ledger.close()
  })

  it('share a file under two names', async () => {
    const ledger = await make({ epsilon: 0.15 })
    const path = free()
    linkSync(ledger.path, path)
    ledger.spend(tenth)
    const other = openLedger(path)
    expect(() => other.spend(tenth)).toThrow(expect.objectContaining({ code: 'policy' }))
    other.close()
    ledger.close()
  })
})
