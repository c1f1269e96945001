// frostglass protect: a table under the owner's key, ready to leave.

import type { Command } from 'commander'
import { writtenEndings } from '../../data/writer.ts'
import { manifestPath, protectTable } from '../../protect/index.ts'
import { type KeyFileOptions, type ReadingOptions, withJson, withReading } from '../options.ts'
import { streaming, tableCommand } from '../tableCommand.ts'

/** The command `frostglass protect`. */
export function protectCommand(signal: AbortSignal): Command {
  const command = tableCommand('protect', {
    description:
      'protect a table with a key: rows in a secret order, columns mixed and renamed, labels hidden',
    input: 'the table that the key was made for, or one with the same columns',
    out: `where to write it, ${writtenEndings}; a manifest is written beside it`,
    example: 'frostglass protect wheat.csv --key owner.key --out protected.csv',
  })
  withJson(withReading(command))
  return command.action(
    (path: string, options: KeyFileOptions & ReadingOptions & { out: string; json?: boolean | undefined }) =>
      streaming(
        'protecting',
        options,
        signal,
        path,
        (key, stream, out) => protectTable(path, key, out, stream),
        [manifestPath(options.out)],
      ),
  )
}
