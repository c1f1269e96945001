// The command line of frostglass demo: the whole round on the embedded wheat seeds.
// Source: ours; what it does stands in ../commands/demo.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { DemoOptions } from '../commands/demo.ts'
import { wholeNumber, withJson } from './options.ts'

/** The command `frostglass demo`. */
export function demoCommand(signal: AbortSignal): Command {
  const command = new Command('demo')
    .description(
      'the whole round on real data: learn raw and protected wheat seeds, ask, decode, and break the key',
    )
    .option(
      '--seed <number>',
      'for folds, first weights and orders; keys are always fresh',
      wholeNumber(0),
      0,
    )
    .option(
      '--repetitions <count>',
      'of the cross-validation, each with keys of its own',
      wholeNumber(1, 1000),
      5,
    )
  withJson(command)
  command.addHelpText('after', '\nExample:\n  $ frostglass demo --repetitions 20')
  return command.action(async (options: DemoOptions) =>
    (await import('../commands/demo.ts')).demo(options, signal),
  )
}
