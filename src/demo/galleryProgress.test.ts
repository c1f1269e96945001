import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../errors.ts'
import { createProgressMeter } from './galleryProgress.ts'

function meterOf(work: readonly number[]) {
  const at = { now: 0 }
  const meter = createProgressMeter(
    work,
    () => 'something',
    () => at.now,
  )
  return { at, meter, share: new Float32Array(meter.shares) }
}

describe('the progress of the gallery', () => {
  it('weighs tasks by their work, and tells what is left at the pace of the training alone', () => {
    const { at, meter, share } = meterOf([1, 3])
    expect(meter.measure()).toEqual({ state: 'training', share: 0, doing: 'something' })
    // The first task was in the cache.
    meter.done(0)
    meter.begin()
    at.now = 1000
    share[1] = 0.01
    expect(meter.measure().secondsLeft).toBeUndefined()
    at.now = 10_000
    share[1] = 0.25
    const { share: done, secondsLeft } = meter.measure()
    expect(done).toBeCloseTo(0.4375, 6)
    // Of the training a quarter took ten seconds.
    expect(secondsLeft).toBeCloseTo(30, 4)
  })

  it('stays where it ends', () => {
    const { meter } = meterOf([1])
    meter.ready()
    expect(meter.measure()).toEqual({ state: 'ready', share: 1, doing: 'all is there' })
    const { meter: other, share } = meterOf([1])
    share[0] = 0.5
    other.measure()
    other.failed(new FrostglassError('input', 'no digits', 'name a folder'))
    share[0] = 0.75
    expect(other.measure()).toEqual({ state: 'failed', share: 0.5, doing: 'no digits (name a folder)' })
  })
})
