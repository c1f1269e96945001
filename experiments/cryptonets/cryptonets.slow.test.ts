import { expect, it } from 'vitest'
import { reported } from '../reporting.ts'
import type { CryptoNetsAnswer, CryptoNetsTask } from './cryptonets.ts'
import { cryptoNetsExperiment } from './index.ts'

it('one encrypted digit at a time is answered as in the plain, and the page says what it took', async () => {
  const settings = { quick: true, seed: 0 }
  const tasks = ((await cryptoNetsExperiment.tasks(settings)) as CryptoNetsTask[]).map((task) => ({
    ...task,
    train: 800,
    epochs: 3,
    count: task.kind === 'single' ? 3 : 50,
  }))
  expect(tasks.map(({ kind }) => kind)).toEqual(['plain', 'batch', 'single', 'single'])
  const plain = (await cryptoNetsExperiment.run(tasks[0])) as CryptoNetsAnswer
  const single = (await cryptoNetsExperiment.run(tasks[2])) as CryptoNetsAnswer
  expect(plain.plain.value).toBeGreaterThan(0.6)
  expect(single.same!.value).toBe(1)
  expect(single.largestError).toBeLessThan(0.1)
  expect(single.bytesUp).toBeLessThan(500_000)
  // A batch takes minutes: throughput.slow.test.ts has a small one. Here its numbers stand in, to see the page.
  const batch: CryptoNetsAnswer = {
    ...single,
    seconds: [30, 31],
    exact: single.same!,
    plan: 'BFV',
  }
  const { page, summary, data } = await reported(
    cryptoNetsExperiment,
    tasks,
    [plain, batch, single, single],
    settings,
  )
  expect(page).toMatch(/one at a time \(CKKS\) \| 6 \|/)
  expect(page).toMatch(/rotate \|/)
  expect(summary).toMatch(/31 s a modulus on one core/)
  expect(data).toHaveProperty('costs.imageBytesUp', single.bytesUp)
})
