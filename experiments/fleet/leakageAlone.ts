// Runs the tasks of leakage.ts one after another, and writes their results and a sheet of pictures.
// Source: leakage.ts. A run goes on from what an earlier one left in the results' file; who changes the code, removes that.
// Rows of the sheet: originals; then what is made of plain gradients, of such as were cut off, behind ε = 8, and of a sum of five.
// node experiments/fleet/leakageAlone.ts [FOLDER OF MNIST] [--quick]

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { contactSheet } from '../../src/data/images/sheet.ts'
import { jsonText } from '../json.ts'
import { fleetPrice, type LeakageAnswer, type LeakageTask, leakageWork } from './leakage.ts'

interface Entry {
  readonly task: Omit<LeakageTask, 'data'>
  readonly answer: LeakageAnswer
}

interface Results {
  readonly command: string
  readonly seed: number
  readonly price: typeof fleetPrice
  readonly entries: Entry[]
}

const folder = new URL('../../docs/results/fleet/', import.meta.url)
const file = new URL('leakage.json', folder)
const [data] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const quick = process.argv.includes('--quick')
const seed = 1

const before: Results | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
const results: Results = {
  command: `node experiments/fleet/leakageAlone.ts${data ? ' MNIST' : ''}${quick ? ' --quick' : ''}`,
  seed,
  price: fleetPrice,
  entries: [],
}
const known = new Map((before?.entries ?? []).map((entry) => [JSON.stringify(entry.task), entry]))

/** A line of the sheet: the first five guesses of a setting. */
const line = (setting: string, of: 'originals' | 'guesses') => {
  const entry = [...results.entries, ...known.values()].find(
    ({ task }) => task.attack === 'inversion' && task.network === 'convolutional' && task.setting === setting,
  )
  const shown = entry?.answer.shown
  if (!shown) return []
  return [{ shape: [1, 28, 28] as const, pixels: new Uint8Array(Buffer.from(shown[of], 'base64')) }]
}
function writeSheet(): void {
  const lines = [
    ...line('plain', 'originals'),
    ...['plain', 'cut off', 'noise of ε = 8', 'sum of 5'].flatMap((setting) => line(setting, 'guesses')),
  ]
  if (lines.length === 0) return
  writeFileSync(new URL('leakage.png', folder), contactSheet(lines, { columns: 5, scale: 3, gap: 3 }))
}

mkdirSync(folder, { recursive: true })
for (const { data: from, ...task } of await leakageWork.tasks({ quick, seed, data })) {
  const key = JSON.stringify(task)
  const answer = known.get(key)?.answer ?? (await leakageWork.run({ ...task, data: from }))
  results.entries.push({ task, answer })
  known.delete(key)
  // Those of an earlier run that are still to come are kept: a run that is stopped loses nothing.
  writeFileSync(file, jsonText({ ...results, entries: [...results.entries, ...known.values()] }))
  writeSheet()
  for (const { attack, metrics } of answer.findings)
    console.log(
      [
        task.attack,
        task.network,
        task.setting,
        attack,
        ...metrics.map(({ name, value, chance }) => `${name} ${value.toFixed(3)} (${chance.toFixed(3)})`),
        `${answer.seconds.toFixed(1)} s`,
      ].join(' · '),
    )
}
writeFileSync(file, jsonText(results))
