// Rows as an attacker sees them: by unit, and with one output each where outputs are drawn.
// Source: channel.ts for the law of outputs. Draws are of a public seed.

import { seededStream } from '../../random/seeded.ts'
import type { CodeSizes, SeenRows } from './contract.ts'

/** The rows of each unit. */
export function rowsByUnit(units: readonly string[]): ReadonlyMap<string, number[]> {
  const rows = new Map<string, number[]>()
  units.forEach((unit, row) => {
    const own = rows.get(unit)
    if (own) own.push(row)
    else rows.set(unit, [row])
  })
  return rows
}

/** One output a row, drawn from the channel. */
export function drawn({ codes }: SeenRows, { channel }: CodeSizes, seed: number, use: string): Int32Array {
  const draw = seededStream(seed, use)
  return codes.map((code) => {
    let at = draw.uniform()
    const law = channel[code]!
    for (const [output, chance] of law.entries()) {
      if (at < chance) return output
      at -= chance
    }
    return law.findLastIndex((chance) => chance > 0)
  })
}
