// frostglass encode: unlabelled rows under the owner's key, in their order, to ask the service about.

import type { Command } from 'commander'
import { writtenEndings } from '../../data/writer.ts'
import { encodeTable, manifestPath } from '../../protect/index.ts'
import { type KeyFileOptions, type ReadingOptions, withJson, withReading } from '../options.ts'
import { streaming, tableCommand } from '../tableCommand.ts'

/** The command `frostglass encode`. */
export function encodeCommand(signal: AbortSignal): Command {
  const command = tableCommand('encode', {
    description: 'encode queries with a key: as protect, but unlabelled and in the order given',
    input: 'rows to ask about',
    out: `where to write them, ${writtenEndings}; a manifest is written beside them`,
    example: 'frostglass encode queries.csv --key owner.key --out encoded.csv',
  })
  command.option(
    '--id <column>',
    'a column that comes along as it is, through predict and decode, to tell whose answer is whose; the service reads it (default: the key’s, where it has one)',
  )
  command.option('--no-id', 'bring no column along')
  withJson(withReading(command))
  return command.action(
    (
      path: string,
      options: KeyFileOptions &
        ReadingOptions & { out: string; json?: boolean | undefined; id?: string | false | undefined },
    ) =>
      streaming(
        'encoding',
        options,
        signal,
        path,
        (key, stream, out) =>
          encodeTable(path, key, out, {
            ...stream,
            ...(options.id === undefined ? {} : { id: options.id }),
          }),
        [manifestPath(options.out)],
      ),
  )
}
