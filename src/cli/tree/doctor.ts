// The command line of frostglass doctor: whether this machine has what the commands need.
// Source: ours; what it does stands in ../commands/doctor.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { JsonOption } from '../options.ts'
import { withJson } from './options.ts'

/** The command `frostglass doctor`. */
export function doctorCommand(signal: AbortSignal): Command {
  const command = new Command('doctor').description(
    'look whether this machine has what the commands need: loads each library and uses it once',
  )
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass doctor
  $ frostglass doctor --json

It ends with 0 when all that the commands need works, with 2 when something of it does not.
What is optional is told, too, and ends nothing.`,
  )
  return command.action(async (options: JsonOption) =>
    (await import('../commands/doctor.ts')).doctor(options, signal),
  )
}
