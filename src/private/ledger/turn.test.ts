// Waiting for one's turn within one process: in order, told, stopped, and where no queue can be made.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { createLedger, openLedger } from './ledger.ts'
import { takeTicket } from './queue.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-turn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const free = () => join(folder, `${++files}.ledger`)
const budget = { dataset: 'people', epsilon: 1, delta: 1e-6 }
const tenth = (what: string) => ({
  what,
  unit: 'row',
  losses: [{ kind: 'priced', epsilon: 0.1, delta: 0 }] as const,
})

describe('tickets', () => {
  it('are served in order, and those of the dead are cleared away', () => {
    const place = join(folder, 'queue')
    const [first, second, third] = [takeTicket(place), takeTicket(place), takeTicket(place)]
    expect([first, second, third].map((ticket) => ticket!.ahead())).toEqual([0, 1, 2])
    second!.leave()
    expect(third!.ahead()).toBe(1)
    // As a process that died leaves it: a ticket that nobody has locked, and a draft.
    writeFileSync(join(place, '000000000002'), '')
    writeFileSync(join(place, '.draft'), '')
    expect(third!.ahead()).toBe(1)
    expect(readdirSync(place)).not.toContain('000000000002')
    first!.leave()
    expect(third!.ahead()).toBe(0)
    third!.leave()
    expect(existsSync(place)).toBe(false)
  })

  it.skipIf(process.getuid?.() === 0)('are none where the folder cannot be written to', () => {
    const place = join(folder, 'closed')
    mkdirSync(place, { mode: 0o500 })
    expect(takeTicket(join(place, 'queue'))).toBeUndefined()
    chmodSync(place, 0o700)
  })
})

describe('a spend in turn', () => {
  it('lets other work go on, tells who is before, and keeps the order', async () => {
    const { path } = await createLedger(free(), budget)
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
    const told: number[] = []
    const ledger = openLedger(path, { onWait: (ahead) => told.push(ahead) })
    const spends = ['one', 'two', 'three'].map((what) => ledger.spendInTurn(tenth(what)))
    while (told.length < 3) await new Promise((done) => setTimeout(done, 50))
    expect(Math.max(...told)).toBe(2)
    holder.exec('ROLLBACK')
    holder.close()
    expect((await Promise.all(spends)).map(({ what, number }) => [what, number])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 3],
    ])
    expect(existsSync(`${path}-queue`)).toBe(false)
    ledger.close()
  })

  it('does not hold up one that blocks the process: that could not go on', async () => {
    const { path } = await createLedger(free(), budget)
    const ledger = openLedger(path, { patience: 5 })
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
    const patient = ledger.spendInTurn(tenth('patient'))
    await new Promise((done) => setTimeout(done, 30))
    holder.exec('ROLLBACK')
    holder.close()
    expect(ledger.spend(tenth('blocking')).number).toBe(1)
    expect((await patient).number).toBe(2)
    ledger.close()
  })

  it('is stopped by its signal, spends nothing then, and gives its place up', async () => {
    const { path } = await createLedger(free(), budget)
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
    const ledger = openLedger(path)
    const controller = new AbortController()
    const stopped = ledger.spendInTurn(tenth('never'), { signal: controller.signal })
    const next = ledger.spendInTurn(tenth('next'))
    await new Promise((done) => setTimeout(done, 50))
    controller.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
    holder.exec('ROLLBACK')
    holder.close()
    expect(await next).toMatchObject({ what: 'next', number: 1 })
    expect(existsSync(`${path}-queue`)).toBe(false)
    await expect(ledger.spendInTurn(tenth('never'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })

  it('is refused when patience ends, with what to do', async () => {
    const { path } = await createLedger(free(), budget)
    const holder = new DatabaseSync(path)
    holder.exec('BEGIN IMMEDIATE')
    const ledger = openLedger(path, { patience: 0.2 })
    await expect(ledger.spendInTurn(tenth('late'))).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('is locked by another process'),
      hint: expect.stringContaining('0.2 s'),
    })
    holder.exec('ROLLBACK')
    holder.close()
    expect(ledger.spend(tenth('now')).number).toBe(1)
    ledger.close()
  })
})
