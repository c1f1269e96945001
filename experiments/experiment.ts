// What an experiment of a paper is: independent tasks, how one is run, and how their answers become a report.
// Source: ARCHITECTURE, "experiments: one file a table or figure of the papers, run by `frostglass reproduce`".
// A task and its answer are JSON: tasks go to worker threads, answers to a checkpoint from which a run goes on.

import type { FigureSpec } from '../src/figures/index.ts'

/** What the user chose. */
export interface Settings {
  /** A small run for a first look: same code, fewer seeds and settings. */
  readonly quick: boolean
  /** Repetitions with seeds `seed`, `seed + 1`, …; the experiment's own number if absent. */
  readonly seeds?: number | undefined
  readonly seed: number
  /** A folder with data that the experiment would else fetch or do without; the experiment says which it looks for. */
  readonly data?: string | undefined
}

/** What a run found, ready to be written. */
export interface Report {
  /** Everything measured: a JSON object. Every number on the page and in the figures is in it. */
  readonly data: object
  /** Figures by file name without ending, e.g. `figure-11`. */
  readonly figures: Readonly<Record<string, FigureSpec>>
  /** PNG files by name without ending, e.g. `figure-3`. */
  readonly pictures?: Readonly<Record<string, Uint8Array>> | undefined
  /** The page in Markdown, paper and measurement side by side; starts with a heading. */
  readonly page: string
  /** What the terminal shows: a few lines and tables of text. */
  readonly summary: string
}

/** One experiment. `Task` and `Answer` survive JSON. */
export interface Experiment<Task = unknown, Answer = unknown> {
  /** Names its files, e.g. `classification`. */
  readonly name: string
  /** One line for progress and headings. */
  readonly title: string
  /** The work, split; the same settings give the same list. Longest first, so that workers end together. */
  tasks(settings: Settings): readonly Task[] | Promise<readonly Task[]>
  /**
   * Runs one task, in a worker thread. What it finds depends on the task alone (but for times).
   * @param signal fires when the run is stopped: some seconds later the worker is ended
   * @param shared a folder in which tasks of the run keep what others need too (see `kept`); none where a task runs alone
   */
  run(task: Task, signal?: AbortSignal, shared?: string): Promise<Answer>
  /** Sums up. `answers[i]` belongs to `tasks[i]`. */
  report(tasks: readonly Task[], answers: readonly Answer[], settings: Settings): Report | Promise<Report>
}

/** Fixes the types of an experiment and forgets them: what the registry holds. */
export function experiment<Task, Answer>(own: Experiment<Task, Answer>): Experiment {
  return own as unknown as Experiment
}
