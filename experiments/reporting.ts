// From answers to what is written: results, figures, pictures, page.
// Source: docs/architecture.md, "Experiments".
// A page is rendered from the results alone, so that a committed JSON gives it again (pages.test.ts); a number that is
// not finite stands on the page as it is, and as null in the JSON.

import { readFileSync } from 'node:fs'
import type { FigureSpec } from '../src/figures/index.ts'
import type { Drawn, Experiment, Settings } from './experiment.ts'
import { rendered, type Values } from './template.ts'

/** A report with its page. */
export interface Whole extends Drawn {
  /** The results. */
  readonly data: object
  readonly figures: Readonly<Record<string, FigureSpec>>
  readonly page: string
  readonly summary: string
}

/** All that a run's answers amount to. */
export async function reported(
  experiment: Experiment,
  tasks: readonly unknown[],
  answers: readonly unknown[],
  settings: Settings,
): Promise<Whole> {
  const data = experiment.results(tasks, answers, settings)
  const { figures, page, summary } = experiment.report(data, settings)
  const drawn = await experiment.drawn?.(tasks, answers)
  return {
    ...drawn,
    data,
    figures: { ...figures, ...drawn?.figures },
    page: pageOf(experiment, page),
    summary,
  }
}

/** The page in Markdown. @throws RangeError where values and the template's places do not meet. */
export function pageOf({ template }: Experiment, values: Values): string {
  return rendered(readFileSync(template, 'utf8'), values)
}

/** What a run was: stands in its JSON and at the end of its page. */
export interface About {
  readonly experiment: string
  readonly command: string
  readonly settings: Settings
  readonly tasks: number
  readonly seconds: number
  readonly machine: { readonly cores: number; readonly node: string; readonly platform: string }
}

/** A page as it is written, with the command that made it at its end. */
export function withFooter(page: string, { command, seconds, settings, machine }: About): string {
  return `${page.trimEnd()}\n\n---\n\`${command}\` · seed ${settings.seed} · ${seconds} s on ${machine.cores} cores, Node ${machine.node}\n`
}
