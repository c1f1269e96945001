// frostglass doctor: whether this machine has what the commands need, what is missing, and how to get it.
// Source: doctorChecks.ts, where each check is; a new one is one record there.
// No logic of its own. It changes nothing, and asks nothing of any network.

import { FrostglassError } from '../../errors.ts'
import { checks } from '../doctorChecks.ts'
import { type Looked, lookForAll } from '../doctorProcess.ts'
import type { JsonOption } from '../options.ts'
import { print } from '../output.ts'

/** What `frostglass doctor` does. */
export async function doctor({ json }: JsonOption, signal: AbortSignal): Promise<void> {
  const looked = await lookForAll(checks(), signal)
  const missing = looked.filter(({ needed, works }) => needed && !works)
  print(json, { works: missing.length === 0, checks: looked }, () => summary(looked))
  if (missing.length > 0)
    throw new FrostglassError(
      'unsupported',
      `${listed(missing)} cannot be used here`,
      'Do what stands beside it above, then run frostglass doctor again.',
    )
}

const listed = (missing: readonly Looked[]): string => missing.map(({ name }) => name).join(', ')

function summary(looked: readonly Looked[]): string {
  const width = Math.max(...looked.map(({ name }) => name.length))
  const indent = ' '.repeat(width + 4)
  const lines = looked.flatMap(({ name, needed, works, found, cure, for: whom }) => {
    const sign = works ? '✓' : needed ? '✗' : '–'
    const first = `${sign} ${name.padEnd(width)}  ${found}`
    return works ? [first] : [first, `${indent}for ${whom}`, `${indent}to get it: ${cure}`]
  })
  const works = looked.every((one) => one.works || !one.needed)
  return [...lines, ...(works ? ['', 'All that the commands need works here.'] : [])].join('\n')
}
