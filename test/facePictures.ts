// Pictures of made-up people for tests of commands: a folder a person, and a table of who wears glasses.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededStream } from '../src/random/seeded.ts'

/** Writes `faces/name0/0.pgm` … of 5 × 6 random pixels, and `people.csv`, into a folder. */
export function writeFaces(
  folder: string,
  people: readonly { readonly pictures: number; readonly glasses: boolean }[],
): void {
  const random = seededStream(4, 'faces of the command')
  const lines = ['file,subject,glasses']
  for (const [person, { pictures, glasses }] of people.entries()) {
    mkdirSync(join(folder, `faces/name${person}`), { recursive: true })
    for (let picture = 0; picture < pictures; picture++) {
      const pixels = Uint8Array.from({ length: 30 }, () => random.below(256))
      const file = `name${person}/${picture}.pgm`
      writeFileSync(join(folder, 'faces', file), Buffer.concat([Buffer.from('P5\n5 6\n255\n'), pixels]))
      lines.push(`${file},${person},${glasses ? 'yes' : 'no'}`)
    }
  }
  writeFileSync(join(folder, 'people.csv'), `${lines.join('\n')}\n`)
}
