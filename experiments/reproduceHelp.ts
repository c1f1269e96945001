// What `frostglass reproduce --help` says of papers, figures and needs, and which experiments a figure stands for.
// Source: the declarations; nothing is named here a second time.

import { FrostglassError } from '../src/errors.ts'
import type { Declaration, Paper } from './experiment.ts'

/** The figure that stands for a whole paper. */
export const everything = 'all'

/** Papers in the order of their experiments. */
export function papersOf(all: readonly Declaration[]): Paper[] {
  return [...new Map(all.map(({ paper }) => [paper.name, paper])).values()]
}

/** All names that `--figure` takes, of any paper. */
export function figuresOf(all: readonly Declaration[]): string[] {
  return [...new Set([...all.flatMap(({ figures }) => Object.keys(figures)), everything])]
}

/**
 * The experiments behind a figure of a paper.
 * @throws FrostglassError `usage` for a paper that there is not, or a figure that it has not
 */
export function experimentsOf(
  all: readonly Declaration[],
  paper: string,
  figure: string,
): readonly Declaration[] {
  const ofPaper = all.filter((one) => one.paper.name === paper)
  if (ofPaper.length === 0)
    throw new FrostglassError(
      'usage',
      `there is no paper '${paper}'`,
      `Take ${papersOf(all)
        .map(({ name }) => name)
        .join(', ')}.`,
    )
  const found = ofPaper.filter(({ figures, apart }) =>
    figure === everything ? !apart : Object.hasOwn(figures, figure),
  )
  if (found.length > 0) return found
  throw new FrostglassError(
    'usage',
    `${paper} has no figure '${figure}'`,
    `Take one of ${figuresOf(ofPaper).join(', ')}.`,
  )
}

/** Papers, their figures, what a full run takes and what `--data` names: for the help, within 100 columns. */
export function papersText(all: readonly Declaration[]): string {
  return papersOf(all)
    .map(({ name, title }) =>
      [
        `  ${name}: ${title}`,
        ...all.filter(({ paper }) => paper.name === name).flatMap((one) => experimentText(one)),
      ].join('\n'),
    )
    .join('\n')
}

function experimentText({ figures, apart, needs: { hours, data } }: Declaration): string[] {
  const names = Object.entries(figures).map(([figure, shows]) => `${figure} (${shows})`)
  const what = names.length > 0 ? names.join(', ') : everything
  return [
    `    ${what}: ${timeText(hours)}${apart ? `, not in ${everything}` : ''}`,
    ...(data ? [`      --data: ${data.folder} (${data.else ? `else ${data.else}` : 'needed'})`] : []),
  ]
}

const timeText = (hours: number): string =>
  hours === 0 ? 'seconds' : hours < 1 ? `${Math.round(60 * hours)} min` : `${hours} h`
