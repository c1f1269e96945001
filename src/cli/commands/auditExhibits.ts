// frostglass audit exhibits: attacks that broke a claim of this program, run on the form that they broke and on today's.

import type { ExhibitReport, Form, JudgedExhibit } from '../../audit/exhibits/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { JsonOption } from '../options.ts'
import { print } from '../output.ts'
import { progress } from '../progress.ts'
import { requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'

export interface Options extends JsonOption {
  readonly list?: boolean | undefined
  readonly form: Form | 'both'
  readonly quick?: boolean | undefined
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass audit exhibits` does. */
export async function exhibits(
  names: readonly string[],
  { list, form, quick, out, json, force }: Options,
  signal: AbortSignal,
): Promise<void> {
  // Only here: exhibits bring most of the library with them.
  const { exhibits, judgeExhibits, writeExhibits, figureText } = await import('../../audit/exhibits/index.ts')
  const wrong = names.find((name) => !exhibits.some((one) => one.name === name))
  if (wrong !== undefined)
    throw new FrostglassError(
      'usage',
      `there is no exhibit '${wrong}'`,
      `Take ${exhibits.map(({ name }) => name).join(', ')}.`,
    )
  const chosen = exhibits.filter(({ name }) => names.length === 0 || names.includes(name))
  if (list) {
    const described = chosen.map(({ name, title, claim, source, mended }) => ({
      name,
      title,
      claim,
      source,
      mended,
    }))
    print(json, described, () => described.map(inLines).join('\n\n'))
    return
  }
  if (out !== undefined) await requireReport(out, [], force)
  const bar = progress('attacking', json)
  let report: ExhibitReport
  try {
    report = await judgeExhibits(chosen, {
      forms: form === 'both' ? ['before', 'today'] : [form],
      quick: quick ?? false,
      signal,
      onProgress: bar.update,
    })
  } finally {
    bar.stop()
  }
  if (out !== undefined) await writeExhibits(report, out, { force: force ?? false })
  print(json, report, () => summary(report, out, figureText))
  if (report.verdict.status === 'broken')
    throw new FrostglassError(
      'policy',
      'a claim is broken by an attack that is known',
      'Rely on no guarantee of that part until it is mended; its claim and unit stand above.',
    )
  const failed = report.exhibits.filter(({ failure }) => failure !== null)
  if (failed.length > 0)
    throw new FrostglassError(
      'io',
      `not finished: ${failed.map(({ name, failure }) => `${name} (${failure})`).join(', ')}`,
      'Run these alone; the others stand above.',
    )
}

const inLines = ({
  name,
  title,
  claim,
  source,
  mended,
}: Pick<JudgedExhibit, 'name' | 'title' | 'claim' | 'source' | 'mended'>) =>
  [
    `${name}: ${title}`,
    ...wrapped(`claimed: ${claim}`, 92),
    ...wrapped(`shown by: ${source}`, 92),
    ...wrapped(`mended: ${mended}`, 92),
  ].join('\n  ')

function summary(
  { verdict, exhibits }: ExhibitReport,
  out: string | undefined,
  figureText: (value: number | string) => string,
): string {
  const rows = exhibits.map(({ name, claim, unit, before, today, verdict }) => [
    [name, ...wrapped(claim, 40), ...(unit === null ? [] : wrapped(`(in ${unit})`, 40))].join('\n'),
    today || before ? figureText((today ?? before)!.allowed) : '–',
    before === null ? '–' : figureText(before.measured),
    today === null ? '–' : figureText(today.measured),
    wrapped(verdict, 12).join('\n'),
  ])
  return [
    table(['exhibit and its claim', 'allowed', 'before', 'today', 'verdict'], rows),
    '',
    verdict.sentence,
    ...(out === undefined ? [] : ['', `wrote ${out} and ${out.replace(/\.html$/i, '.json')}`]),
  ].join('\n')
}

/** Lines of words, each of a number of characters at most. */
function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    if (longer.length <= width || lines.at(-1) === '') lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
