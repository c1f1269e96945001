import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../data/duckdb.ts'
import { FrostglassError } from '../../errors.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import { answererProcess } from './answerer.ts'
import { timeLimitOf, withinTime } from './deadline.ts'
import { privateQuery } from './index.ts'
import { planOf } from './plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-deadline-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const quick = { limit: 0.05, atLimit: false, signal: undefined }
const never = () => new Promise<never>(() => {})
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as FrostglassError,
  )

describe('time that a query has', () => {
  it('ends in the same words for whatever kept it from its answer', async () => {
    const late = await reasonOf(withinTime(quick, never))
    const broken = await reasonOf(
      withinTime(quick, async () => {
        throw new Error('Conversion Error: secret-4711')
      }),
    )
    expect(late).toBeInstanceOf(FrostglassError)
    for (const field of ['code', 'message', 'hint', 'cause'] as const)
      expect(broken![field]).toEqual(late![field])
    expect(JSON.stringify([broken!.message, broken!.hint, broken!.cause ?? ''])).not.toMatch(/4711/)
  })

  it('is over at the same moment for a fault as for what takes too long', async () => {
    // Both were started at once, so their ends come in the order that they were set: neither before the other's limit.
    const order: string[] = []
    await Promise.all([
      reasonOf(withinTime(quick, never)).then(() => order.push('late')),
      reasonOf(withinTime(quick, () => Promise.reject(new Error('at once')))).then(() =>
        order.push('broken'),
      ),
      withinTime({ ...quick, atLimit: true }, async () => 'done').then(() => order.push('at the limit')),
      withinTime(quick, async () => 'done').then(() => order.push('ready')),
    ])
    expect(order[0]).toBe('ready')
    expect(order.slice(1)).toHaveLength(3)
  })

  it('lets errors pass that follow from private answers', async () => {
    const ours = new FrostglassError('input', 'too few rows to find bounds')
    await expect(withinTime(quick, () => Promise.reject(ours))).rejects.toBe(ours)
    expect(await withinTime(quick, async () => 3)).toBe(3)
  })

  it('is cut short by a signal, before it begins, within it and while an answer is held back', async () => {
    const long = { limit: 3600, atLimit: true }
    await expect(withinTime({ ...long, signal: AbortSignal.abort() }, never)).rejects.toMatchObject({
      code: 'aborted',
    })
    for (const work of [never, async () => 'done', () => Promise.reject(new Error('x'))]) {
      const stop = new AbortController()
      const end = expect(withinTime({ ...long, signal: stop.signal }, work)).rejects.toMatchObject({
        code: 'aborted',
      })
      setImmediate(() => stop.abort())
      await end
    }
  })

  it('is a number of seconds', () => {
    expect(timeLimitOf()).toBe(60)
    expect(timeLimitOf(0.5)).toBe(0.5)
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_401])
      expect(() => timeLimitOf(wrong)).toThrow(/time limit/)
  })
})

describe('a process that reads rows', () => {
  it('can be ended whatever it does, and the next one answers', async () => {
    const database = await openDatabase(64)
    const connection = await database.connect()
    const path = join(folder, 'one.parquet')
    await connection.run(`COPY (SELECT 1 AS x) TO '${path}' (FORMAT parquet)`)
    const plan = await planOf(connection, path, 'SELECT COUNT(*) FROM data', { epsilon: 1 })
    database.close()
    // One call of a function that takes hours, within one piece of work: DuckDB does not look for an interruption there.
    const text = (letter: string) => `repeat('${letter}', 1000000)`
    const endless = {
      ...plan,
      relation: `(SELECT 1 WHERE ${text('a')} || random()::VARCHAR LIKE '%a_%a_%b')`,
    }
    const answerer = answererProcess()
    await answerer.open([])
    const end = expect(answerer.answer(endless)).rejects.toThrow('not answered')
    answerer.close()
    await end
    const next = answererProcess()
    await next.open([])
    expect(await next.answer(plan)).toHaveLength(1)
    await expect(next.answer({ ...plan, relation: 'nowhere' })).rejects.toThrow(/^not answered$/)
    expect(await next.answer(plan)).toHaveLength(1)
    next.close()
  })
})

describe('a table that is never read to its end', () => {
  // A pipe that nobody writes to, held open so that opening it does not wait.
  const pipe = join(folder, 'pipe.data')
  execFileSync('mkfifo', [pipe])
  const held = openSync(pipe, constants.O_RDWR)
  afterAll(() => closeSync(held))
  const asked = { epsilon: 0.1, columns: ['who', 'x'] }
  const ledgerOf = (name: string): Promise<Ledger> =>
    createLedger(join(folder, name), { dataset: 'pipe', epsilon: 1, delta: 1e-6 })

  it('is paid for, and refused when time is over', async () => {
    const ledger = await ledgerOf('late.ledger')
    await expect(
      privateQuery(pipe, 'SELECT COUNT(*) FROM data', { ...asked, ledger, timeLimit: 0.3 }),
    ).rejects.toMatchObject({ code: 'input', message: expect.stringMatching(/not answered in 0.3 seconds/) })
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })

  it('is let go of when a signal says so, also after the spend', async () => {
    const ledger = await ledgerOf('aborted.ledger')
    const stop = new AbortController()
    const watched: Ledger = {
      ...ledger,
      async spendInTurn(request, options) {
        const entry = await ledger.spendInTurn(request, options)
        setImmediate(() => stop.abort())
        return entry
      },
    }
    await expect(
      privateQuery(pipe, 'SELECT COUNT(*) FROM data', {
        ...asked,
        ledger: watched,
        signal: stop.signal,
        timeLimit: 3600,
      }),
    ).rejects.toMatchObject({ code: 'aborted' })
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })
})
