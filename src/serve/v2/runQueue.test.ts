import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from './refusal.ts'
import { createRunQueue, type Job, jobOf, settle } from './runQueue.ts'

function job(rows: number | undefined, { key = 1, size = 4, gone = false, client = '' } = {}): Job {
  const inputs = [
    { name: 'x', datatype: 'FP32', shape: [rows ?? 1, size], data: new ArrayBuffer(0) } as const,
  ]
  const made = jobOf({ key, inputs, outputs: ['y'], rows, client, gone: () => gone })
  made.answer.promise.catch(() => undefined)
  return made
}

function queued(batch: number, jobs: readonly Job[]) {
  const queue = createRunQueue(batch)
  for (const each of jobs) queue.add(each)
  return queue
}

describe('the queue before runs', () => {
  it('puts into a run what is alike and fits, in the order of arrival', () => {
    const [a, other, large, b, alone, c] = [
      job(2),
      job(1, { key: 2 }),
      job(7),
      job(3),
      job(undefined),
      job(1, { size: 5 }),
    ]
    const queue = queued(8, [a, other, large, b, alone, c])
    expect(queue.take()).toEqual([a, b])
    expect(queue.take()).toEqual([other])
    expect(queue.take()).toEqual([large])
    expect(queue.take()).toEqual([alone])
    expect(queue.take()).toEqual([c])
    expect([queue.length(), queue.take()]).toEqual([0, []])
  })

  it('goes by clients in turn, in the run and from run to run', () => {
    const many = Array.from({ length: 9 }, () => job(4, { client: 'a' }))
    const [alike, other] = [job(4, { client: 'b' }), job(4, { client: 'c', key: 2 })]
    const queue = queued(8, [...many, alike, other])
    expect(queue.take()).toEqual([many[0], alike])
    expect(queue.take()).toEqual([other])
    expect(queue.take()).toEqual([many[1], many[2]])
    const late = job(8, { client: 'b' })
    queue.add(late)
    expect(queue.take()).toEqual([many[3], many[4]])
    expect(queue.take()).toEqual([late])
  })

  it('tells outputs apart whose names have commas', () => {
    const asking = (outputs: string[]) =>
      jobOf({ key: 1, inputs: [], outputs, rows: 1, client: undefined, gone: () => false })
    expect(asking(['a', 'b']).kind).not.toBe(asking(['a,b']).kind)
  })

  it('leaves out who is gone or was refused meanwhile', async () => {
    const [left, late, first, second] = [job(1, { gone: true }), job(1), job(1), job(1)]
    const queue = queued(8, [left, late, first, second])
    settle(late, new Refusal(504, 'late'))
    expect(queue.length()).toBe(4)
    expect(queue.take()).toEqual([first, second])
    await expect(left.answer.promise).rejects.toMatchObject({ status: 499 })
    await expect(late.answer.promise).rejects.toMatchObject({ status: 504 })
  })

  it('settles each once, also at the end', async () => {
    const [answered, waiting] = [job(1), job(1)]
    const queue = queued(8, [answered, waiting])
    settle(answered, [])
    queue.refuseAll(new Refusal(503, 'the end'))
    expect(queue.length()).toBe(0)
    expect(await answered.answer.promise).toEqual([])
    await expect(waiting.answer.promise).rejects.toMatchObject({ status: 503 })
  })

  it('gives every job out once, and no run more rows than a batch unless one job has them', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(some, (rows) => {
        const jobs = rows.map(([count, key]) => job(count, { key }))
        const queue = queued(8, jobs)
        const runs: Job[][] = []
        for (let run = queue.take(); run.length > 0; run = queue.take()) runs.push(run)
        expect(new Set(runs.flat())).toEqual(new Set(jobs))
        expect(runs.flat()).toHaveLength(jobs.length)
        for (const run of runs) {
          expect(new Set(run.map(({ key }) => key)).size).toBe(1)
          expect(run.length === 1 || run.reduce((sum, { rows: n }) => sum + n!, 0) <= 8).toBe(true)
        }
      }),
      { seed: 4 },
    )
  })
})
