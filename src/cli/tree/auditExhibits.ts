// The command line of frostglass audit exhibits.
// Source: ours; what it does stands in ../commands/auditExhibits.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { Options } from '../commands/auditExhibits.ts'
import { withJson } from './options.ts'

/** The command `frostglass audit exhibits`. */
export function exhibitsCommand(signal: AbortSignal): Command {
  const command = new Command('exhibits')
    .description(
      'run the attacks that broke a claim, of Frostglass or of what it does otherwise, on the form that they broke and on today’s',
    )
    .argument('[names...]', 'which, as --list names them (default: all)')
    .option('--list', 'say which there are, and attack nothing')
    .addOption(
      new Option('--form <form>', 'before: the form that the attack broke; today: the one that runs')
        .choices(['today', 'before', 'both'])
        .default('both'),
    )
    .option('--quick', 'fewer draws and smaller data, for a first look')
    .option('--out <file>', 'where to write a page, .html; the same as .json is written beside it')
    .option('--force', 'replace an existing report')
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit exhibits --list
  $ frostglass audit exhibits --quick
  $ frostglass audit exhibits rounded-pieces --form today --out exhibits.html

Exit code 3 says that today’s form is broken; one that does not finish is named, and the others
stand. That it held against an attack proves nothing;
the proofs stand beside the mechanisms.`,
  )
  return command.action(async (names: readonly string[], options: Options) =>
    (await import('../commands/auditExhibits.ts')).exhibits(names, options, signal),
  )
}
