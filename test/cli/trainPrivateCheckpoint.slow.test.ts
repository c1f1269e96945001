import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as later } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openLedger } from '../../src/private/index.ts'
import { readCheckpoint } from '../../src/private/training/checkpointFile.ts'
import { ended, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const rows = Array.from({ length: 400 }, (_, i) => `${i % 90},${i % 90 > 45 ? 'yes' : 'no'}`)
writeFileSync(place.at('people.csv'), `age,sick\n${rows.join('\n')}\n`)
copyFileSync(place.at('people.csv'), place.at('others.csv'))
writeFileSync(place.at('fewer.csv'), `age,sick\n${rows.slice(1).join('\n')}\n`)

const train = (more: string, table = 'people.csv') =>
  `private train ${table} --label sick --classes no,yes --bounds age=0:100 --epsilon 2 --delta 1e-3 --batch 400 --epochs 600 --out model.onnx --checkpoint training.state ${more}`.trim()
const paid = '--ledger people.ledger'

const entries = (name = 'people.ledger') => {
  const ledger = openLedger(place.at(name))
  const { length } = ledger.entries()
  ledger.close()
  return length
}
const step = async () => (await readCheckpoint(place.at('training.state')))?.step ?? -1

/** Starts a training and kills it, as a machine that loses its power, once it is further than a step. */
async function killedBeyond(from: number) {
  const child = place.start(train(paid).split(' '))
  const end = ended(child)
  while ((await step()) <= from && child.exitCode === null) await later(5)
  child.kill('SIGKILL')
  expect((await end).signal).toBe('SIGKILL')
  // Of the lock, which the system gave back; the next training would remove it.
  rmSync(place.at('training.state.lock-journal'), { force: true })
}

describe('private training with a checkpoint', () => {
  it('goes on after kill -9, three times, and pays once', async () => {
    await works(place, 'ledger create people.ledger --dataset people --epsilon 3 --delta 0.01')
    copyFileSync(place.at('people.ledger'), place.at('before.ledger'))
    // What counts is what the file says: killed before its first epoch ends, after, and later on.
    let reached = -1
    for (let kill = 0; kill < 3; kill++) {
      await killedBeyond(reached)
      const now = await step()
      expect(now).toBeGreaterThan(reached)
      expect(entries()).toBe(1)
      reached = now
    }
    expect(existsSync(place.at('model.onnx'))).toBe(false)
    copyFileSync(place.at('training.state'), place.at('kept.state'))
  })

  it('refuses to go on with another table, other options, another ledger or an older one, and two at once', async () => {
    const state = readFileSync(place.at('kept.state'))
    const refuses = (args: string, words: RegExp, code = 2) => refused(place, args, code, [words])
    await refuses(train(paid, 'others.csv'), /training on people.csv, not on others.csv/)
    await refuses(train(paid, 'fewer.csv'), /another (count|noiseMultiplier|rate)|training on people.csv/)
    for (const more of ['--seed 1', '--clip 2', '--hidden 4', '--columns age --null-text x'])
      await refuses(train(`${paid} ${more}`), /of a training (that was told something else|with another)/)
    await refuses(train(''), /the ledger of people paid for/)
    await works(place, 'ledger create others.ledger --dataset others --epsilon 3 --delta 0.01')
    await refuses(train('--ledger others.ledger'), /the ledger of people paid for/)
    await refuses(train('--ledger before.ledger'), /no entry 1 that pays/, 3)
    expect(entries('others.ledger') + entries('before.ledger')).toBe(0)
    expect(readFileSync(place.at('training.state'))).toEqual(state)
    writeFileSync(
      place.at('noise.state'),
      state.map((byte, i) => (i === 99 ? byte ^ 1 : byte)),
    )
    await refuses(train(paid).replace('training.state', 'noise.state'), /no checkpoint.*or is damaged/)
    const from = await step()
    const child = place.start(train(paid).split(' '))
    const end = ended(child)
    while ((await step()) <= from && child.exitCode === null) await later(5)
    child.kill('SIGSTOP')
    await expect(place.run(train(paid))).resolves.toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot be taken/),
    })
    child.kill('SIGKILL')
    await end
    expect(entries()).toBe(1)
  })

  it('comes to its end, and gives its model again without training or paying', async () => {
    const { epochs, epochsBefore, left } = await json(place, train(paid))
    expect(epochs).toBe(600)
    expect(epochsBefore).toBeGreaterThan(0)
    expect(left.epsilon).toBeCloseTo(1, 2)
    const model = readFileSync(place.at('model.onnx'))
    // As if the disk had been full.
    rmSync(place.at('model.onnx'))
    const again = await works(place, train(paid))
    expect(again.out).toMatch(/in 600 epochs, 600 of them before, as training.state has them/)
    expect(readFileSync(place.at('model.onnx'))).toEqual(model)
    await refused(place, train(`${paid} --force --clip 2`), 2, [/was told something else/])
    expect(entries()).toBe(1)
  })
})
