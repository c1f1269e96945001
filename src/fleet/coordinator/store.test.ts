// A fleet's folder: what it keeps, who may have it, and what is no fleet's.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connect } from '../../data/sqlite.ts'
import { fleetFile, openFleetStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const plan = JSON.stringify({ least: 2, aggregation: { name: 'x' } })
const state = Uint8Array.of(1, 2, 3)
const openIn = (name: string, given = plan) => openFleetStore(join(folder, name), { plan: given, state })

describe('a fleet’s folder', () => {
  it('keeps a round until it is over, and of its replies the digests alone afterwards', () => {
    const store = openIn('kept')
    const secret = Buffer.from('an update that nobody is to read afterwards')
    store.beginRound(1, ['a', 'b'])
    store.accept(1, { stage: 0, publicKey: 'b', refused: false, message: secret }, 'digest of b')
    store.accept(1, { stage: 0, publicKey: 'a', refused: true, message: new Uint8Array() }, 'digest of a')
    store.advance(1, 1)
    const { fleet } = store.read()
    store.close()
    const again = openIn('kept')
    expect(again.read()).toEqual({
      fleet,
      done: 0,
      state,
      last: 1,
      failures: 0,
      open: {
        number: 1,
        stage: 1,
        members: ['a', 'b'],
        replies: [
          { stage: 0, publicKey: 'b', refused: false, message: new Uint8Array(secret) },
          { stage: 0, publicKey: 'a', refused: true, message: new Uint8Array() },
        ],
      },
    })
    again.fail(1, 'a reason')
    expect(again.read()).toMatchObject({ done: 0, last: 1, failures: 1, state, open: undefined })
    again.beginRound(2, ['a'])
    again.finish(2, Uint8Array.of(9))
    expect(again.read()).toMatchObject({ done: 1, last: 2, failures: 0, state: Uint8Array.of(9) })
    expect([again.digestOf(1, 0, 'b'), again.digestOf(1, 1, 'b')]).toEqual(['digest of b', undefined])
    again.close()
    expect(readFileSync(join(folder, 'kept', fleetFile)).includes(secret)).toBe(false)
  })

  it('takes a nonce once, also after it was opened again, until its time is over', () => {
    const store = openIn('nonces')
    expect(store.useNonce('a', 'n', 1000, 0)).toBe(true)
    expect(store.useNonce('a', 'n', 1000, 0)).toBe(false)
    expect(store.useNonce('b', 'n', 1000, 0)).toBe(true)
    store.close()
    const again = openIn('nonces')
    expect(again.useNonce('a', 'n', 1000, 0)).toBe(false)
    expect(again.useNonce('a', 'm', 5000, 2000)).toBe(true)
    expect(again.useNonce('a', 'n', 5000, 2000)).toBe(true)
    again.close()
  })

  it('is one process’s at a time, and goes on with what it began with', () => {
    const store = openIn('own')
    expect(() => openIn('own')).toThrow(/another process serves the fleet/)
    store.close()
    expect(() => openIn('own', JSON.stringify({ least: 3, aggregation: { name: 'x' } }))).toThrow(
      /began with another 'least'/,
    )
    openIn('own').close()
  })

  it('is refused where it is another program’s, or damaged', () => {
    openIn('other').close()
    const path = join(folder, 'other', fleetFile)
    writeFileSync(path, 'a text that is no database, and is longer than a header of one would be'.repeat(20))
    expect(() => openIn('other')).toThrow(/is not a fleet's/)
    rmSync(path)
    const database = connect(path, 'rwc')
    database.exec('CREATE TABLE t (a)')
    database.close()
    expect(() => openIn('other')).toThrow(/is not a fleet's/)
    openIn('later').close()
    const later = connect(join(folder, 'later', fleetFile), 'rw')
    later.exec('PRAGMA user_version = 2')
    later.close()
    expect(() => openIn('later')).toThrow(/version 2, and this program reads 1/)
    for (const forged of ["UPDATE fleet SET plan = '{'", 'DELETE FROM fleet']) {
      openIn('forged').close()
      const database = connect(join(folder, 'forged', fleetFile), 'rw')
      database.exec(forged)
      database.close()
      expect(() => openIn('forged', '{}')).toThrow(/is not a fleet's/)
      rmSync(join(folder, 'forged'), { recursive: true })
    }
  })
})
