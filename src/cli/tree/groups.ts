// Help that says who acts: commands under the headings of their actors.
// Source: docs/architecture.md, "The round that everything serves" (owner, service, auditor).

import type { Command } from 'commander'

/** Commands by the heading that they stand under, in the order of the help. */
export type Groups = Readonly<Record<string, readonly Command[]>>

/** Adds the commands, each under its heading; `help` stands under the last. */
export function addGroups(command: Command, groups: Groups): Command {
  for (const [heading, parts] of Object.entries(groups)) {
    command.commandsGroup(`${heading}:`)
    for (const part of parts) command.addCommand(part)
  }
  return command.helpCommand(true)
}
