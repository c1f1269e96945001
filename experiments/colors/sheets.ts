// What is drawn of answers themselves: sheets of digits, what panes make of them, what RecNet gives back; maps.
// Source: Yonan et al. 2025, Figs. 7 to 9 and 11.

import { contactSheet } from '../../src/data/images/sheet.ts'
import type { Drawn } from '../experiment.ts'
import { rowOf, type Shown } from '../images/shown.ts'
import type { ColorsAnswer, ColorsTask } from './colors.ts'
import { mapsFigure } from './figures.ts'
import { answeredOf, names, strongest } from './results.ts'

export function colorsDrawn(tasks: readonly ColorsTask[], answers: readonly ColorsAnswer[]): Drawn {
  const { originals } = answers.find((a) => a.originals)!
  const all = answeredOf(tasks, answers)
  const first = all.filter(({ seed }) => seed === Math.min(...all.map((sheetOf) => sheetOf.seed)))
  const of = (kind: keyof typeof names) => first.filter((answer) => answer.obfuscator === names[kind])
  const sheet = (rows: readonly Shown[]) =>
    contactSheet([originals!, ...rows].map(rowOf), { scale: 2, gap: 2 })
  const maps = first.flatMap(({ obfuscator, bottleneck, structure: { map } }) =>
    map ? [{ name: `${obfuscator}(${bottleneck})`, map }] : [],
  )
  return {
    figures: maps.length > 0 ? { 'figure-11': mapsFigure(maps) } : {},
    pictures: {
      'figure-7-mlp': sheet(of('mlp').map(({ shown }) => shown)),
      'figure-7-cnn': sheet(of('cnn').map(({ shown }) => shown)),
      'figure-8': sheet(of('mlp').map((answer) => strongest(answer).shown)),
      'figure-9': sheet(of('cnn').map((answer) => strongest(answer).shown)),
    },
  }
}
