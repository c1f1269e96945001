// Runs the tasks of poisoning.ts one after another, and writes their results, a table over seeds, and a sheet of pictures.
// Source: poisoning.ts. A run goes on from what an earlier one left in the results' file.
// node experiments/fleet/poisoningAlone.ts [--quick]

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { contactSheet } from '../../src/data/images/sheet.ts'
import { mean } from '../../src/statistics/moments.ts'
import { jsonText } from '../json.ts'
import { type PoisoningAnswer, type PoisoningEntry, type PoisoningTask, poisoningWork } from './poisoning.ts'

interface Done {
  readonly task: PoisoningTask
  readonly answer: PoisoningAnswer
}

const folder = new URL('../../docs/results/fleet/', import.meta.url)
const file = new URL('poisoning.json', folder)
const quick = process.argv.includes('--quick')
const seed = 1

/** Over seeds: mean, smallest and largest. */
const over = (values: readonly number[]) => ({
  mean: mean(values),
  least: Math.min(...values),
  most: Math.max(...values),
})

/** One line for each attack and defence. Steering: at the end of the attack's rounds; pictures: after all rounds. */
function tableOf(done: readonly Done[]) {
  const groups = new Map<string, { task: PoisoningTask; entry: PoisoningEntry }[]>()
  for (const { task, answer } of done)
    for (const entry of answer.entries) {
      const key = `${entry.attack}, ${'side' in task ? `${task.side} pixels, ` : ''}${task.rounds} rounds | ${entry.defence}`
      groups.set(key, [...(groups.get(key) ?? []), { task, entry }])
    }
  return [...groups].map(([key, members]) => {
    const [attack, defence] = key.split(' | ')
    const of = members.map(({ entry: { steered, made } }) => {
      const end = steered?.rounds[steered.attacked - 1]
      return {
        success: made?.share ?? end!.success,
        control: made?.chance ?? steered!.honest.success,
        accuracy: made?.accuracy ?? end!.accuracy,
        honest: made?.honest ?? steered!.honest.accuracy,
        lasted: steered?.survived ?? undefined,
      }
    })
    const column = (name: 'success' | 'control' | 'accuracy' | 'honest') => over(of.map((one) => one[name]))
    const lasted = of.flatMap((one) => (one.lasted === undefined ? [] : [one.lasted]))
    return {
      attack,
      defence,
      runs: members.length,
      success: column('success'),
      control: column('control'),
      accuracy: column('accuracy'),
      honest: column('honest'),
      /** Honest rounds after the attack, of 15, in those runs where it got something. */
      ...(lasted.length > 0 ? { lasted: over(lasted) } : {}),
    }
  })
}

const before: { readonly done: Done[] } | undefined = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : undefined
const known = new Map((before?.done ?? []).map((one) => [JSON.stringify(one.task), one.answer]))
const done: Done[] = []
mkdirSync(folder, { recursive: true })
const write = () => {
  const command = `node experiments/fleet/poisoningAlone.ts${quick ? ' --quick' : ''}`
  writeFileSync(file, jsonText({ command, seed, table: tableOf(done), done }))
}
for (const task of await poisoningWork.tasks({ quick, seed })) {
  const answer = known.get(JSON.stringify(task)) ?? (await poisoningWork.run(task))
  done.push({ task, answer })
  write()
  console.log(
    `${task.attacks.join(', ')} · ${task.defences.join(', ')} · seed ${task.seed} · ${answer.seconds.toFixed(0)} s`,
  )
}
for (const { attack, defence, success, control, accuracy, honest } of tableOf(done))
  console.log(
    [
      attack,
      defence,
      ...[success, control, accuracy, honest].map(
        ({ mean: m, least, most }) => `${m.toFixed(3)} [${least.toFixed(3)}, ${most.toFixed(3)}]`,
      ),
    ].join(' · '),
  )

/** Lines of the sheet: of each GAN task and defence five made pictures, five of the control, five true. */
for (const side of [14, 28]) {
  const lines = done.flatMap(({ task, answer }) =>
    'side' in task && task.side === side
      ? answer.entries.map(({ made }) => ({
          shape: [1, side, side] as const,
          pixels: new Uint8Array(Buffer.from(made!.shown, 'base64')),
        }))
      : [],
  )
  if (lines.length > 0)
    writeFileSync(
      new URL(`poisoning-gan-${side}.png`, folder),
      contactSheet(lines, { columns: 15, scale: 56 / side, gap: 2 }),
    )
}
