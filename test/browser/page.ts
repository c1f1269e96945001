// The page of the browser test: hands the round to whoever drives the page.
// Source: test/browser/round.ts, which Node runs as well.

import { FrostglassError } from '../../src/errors.ts'
import type { CompileOptions } from '../../src/graph/index.ts'
import { answers, type Trained, train } from './round.ts'

/** What the test calls through the page. */
export interface Page {
  train(options: CompileOptions, steps?: number): Promise<Trained>
  answers(model: readonly number[], options: CompileOptions): Promise<number[]>
  /** The code and text of the typed error that a training with these options ends in; undefined when it does not. */
  refusal(options: CompileOptions): Promise<string | undefined>
}

declare global {
  interface Window {
    frostglass: Page
  }
}

window.frostglass = {
  train,
  answers,
  async refusal(options) {
    try {
      await train(options)
      return undefined
    } catch (error) {
      if (error instanceof FrostglassError) return `${error.code}: ${error.message}; ${error.hint ?? ''}`
      throw error
    }
  },
}
