// What an experiment of a paper is: independent tasks, how one is run, and how their answers become a report.
// Source: docs/architecture.md, "Experiments". One folder an experiment: its declaration, its work, its results, its page.
// A task and its answer are JSON: tasks go to worker threads, answers to a checkpoint from which a run goes on.

import type { FigureSpec } from '../src/figures/index.ts'
import type { Values } from './template.ts'

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

/** Whose figures are measured again; the command takes its name, and results lie in a folder of it. */
export interface Paper {
  /** e.g. `spg` */
  readonly name: string
  /** A few words for the command's help. */
  readonly title: string
}

/** What the command says of an experiment, without loading it. Its folder's `declaration.ts` has one. */
export interface Declaration {
  /** Names its files, e.g. `classification`. */
  readonly name: string
  /** One line for progress and headings. */
  readonly title: string
  readonly paper: Paper
  /** Figures that it measures: the name that `--figure` takes, and a word or two of what it shows. */
  readonly figures: Readonly<Record<string, string>>
  /** Not measured when all of a paper is, only when a figure of it is asked for. */
  readonly apart?: boolean | undefined
  readonly needs: {
    /** Hours of a full run on two cores. */
    readonly hours: number
    /** What `--data` names; absent for an experiment that takes none. */
    readonly data?:
      | {
          readonly folder: string
          /** What is taken without it, e.g. `fetched`; absent where nothing can be measured then. */
          readonly else?: string | undefined
        }
      | undefined
  }
  load(): Promise<Experiment>
}

/** The work of an experiment. `Task` and `Answer` survive JSON. */
export interface Work<Task, Answer> {
  /** The work, split; the same settings give the same list. Longest first, so that workers end together. */
  tasks(settings: Settings): readonly Task[] | Promise<readonly Task[]>
  /**
   * Runs one task, in a worker thread. What it finds depends on the task alone (but for times).
   * @param signal fires when the run is stopped: some seconds later the worker is ended
   * @param shared a folder in which tasks of the run keep what others need too (see `kept`); none where a task runs alone
   */
  run(task: Task, signal?: AbortSignal, shared?: string): Promise<Answer>
}

/** What is drawn of answers, and is too large for the results. */
export interface Drawn {
  /** Figures by file name without ending. */
  readonly figures?: Readonly<Record<string, FigureSpec>> | undefined
  /** PNG files by name without ending, e.g. `figure-3`. */
  readonly pictures?: Readonly<Record<string, Uint8Array>> | undefined
}

/** What a run found, ready to be written. */
export interface Report {
  /** Figures by file name without ending, e.g. `figure-11`. */
  readonly figures: Readonly<Record<string, FigureSpec>>
  /** What stands at the places of the page's template. */
  readonly page: Values
  /** What the terminal shows: a few lines and tables of text. */
  readonly summary: string
}

/** One experiment. */
export interface Experiment<Task = unknown, Answer = unknown, Results extends object = object>
  extends Work<Task, Answer> {
  /** The page's template: `page.md` beside the experiment. */
  readonly template: URL
  /** Sums up: everything measured, as a JSON object. `answers[i]` belongs to `tasks[i]`. */
  results(tasks: readonly Task[], answers: readonly Answer[], settings: Settings): Results
  /** What the results of a run amount to: also of one whose JSON is read. Every number of it stands in the results. */
  report(results: Results, settings: Settings): Report
  drawn?(tasks: readonly Task[], answers: readonly Answer[]): Drawn | Promise<Drawn>
}

/** Fixes the types of an experiment and forgets them: what the registry holds. */
export function experiment<Task, Answer, Results extends object>(
  typed: Experiment<Task, Answer, Results>,
): Experiment {
  return typed as unknown as Experiment
}
