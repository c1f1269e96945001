// frostglass restore: the owner's inverse of protect.

import type { Command } from 'commander'
import { writtenEndings } from '../../data/writer.ts'
import { restoreTable } from '../../protect/index.ts'
import { type KeyFileOptions, withJson } from '../options.ts'
import { streaming, tableCommand } from '../tableCommand.ts'

/** The command `frostglass restore`. */
export function restoreCommand(signal: AbortSignal): Command {
  const command = tableCommand('restore', {
    description: 'undo protect or encode with the key: values, names, labels and the order of rows come back',
    input: 'what frostglass protect or encode wrote, its manifest beside it',
    out: `where to write the table, ${writtenEndings}; - prints it as CSV`,
    example: 'frostglass restore protected.csv --key owner.key --out back.csv',
  })
  withJson(command)
  return command.action(
    (path: string, options: KeyFileOptions & { out: string; json?: boolean | undefined }) =>
      streaming('restoring', options, signal, path, (key, stream, out) =>
        restoreTable(path, key, out, stream),
      ),
  )
}
