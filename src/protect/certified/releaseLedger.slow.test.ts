// Fifty threads ask for releases of one person at once: as many are given as were certified, and no two of one session differ.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, it } from 'vitest'
import { openReleaseLedger } from './releaseLedger.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-releases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const secret = new Uint8Array(32).fill(3)
const module = new URL('./releaseLedger.ts', import.meta.url).href

/** A thread of its own that releases one session, and what came of it: the output, or the code of the error. */
function releaseApart(path: string, most: number, session: string, code: number): Promise<number | string> {
  const source = `
    const { parentPort, workerData: d } = require('node:worker_threads')
    import(d.module).then(({ openReleaseLedger }) => {
      const ledger = openReleaseLedger(d.path, { most: d.most, fixed: 'x' }, d.secret)
      try {
        parentPort.postMessage(ledger.release({ person: 'p', session: d.session, codes: [d.code] }))
      } catch (error) {
        parentPort.postMessage(error.code)
      } finally {
        ledger.close()
      }
    })`
  return new Promise((done, failed) => {
    const worker = new Worker(source, {
      eval: true,
      workerData: { module, path, most, session, code, secret },
    })
    worker.once('message', done)
    worker.once('error', failed)
  })
}

it('fifty sessions of one person at once: the seven that were certified', async () => {
  const path = join(folder, 'sessions')
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => releaseApart(path, 7, `${i}`, 1)))
  expect(answers.filter((answer) => answer === 1).length).toBe(7)
  expect(answers.filter((answer) => answer === 'policy').length).toBe(43)
  const ledger = openReleaseLedger(path, { most: 7, fixed: 'x' }, secret)
  expect(ledger.released('p')).toBe(7)
  ledger.close()
})

it('one session by fifty at once, each with another code: one output', async () => {
  const path = join(folder, 'session')
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => releaseApart(path, 7, 'only', i)))
  expect(new Set(answers).size).toBe(1)
})
