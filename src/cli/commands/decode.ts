// frostglass decode: the service's answers in the owner's terms.

import type { Command } from 'commander'
import { writtenEndings } from '../../data/writer.ts'
import { decodeTable } from '../../protect/index.ts'
import { type KeyFileOptions, withJson } from '../options.ts'
import { streaming, tableCommand } from '../tableCommand.ts'

/** The command `frostglass decode`. */
export function decodeCommand(signal: AbortSignal): Command {
  const command = tableCommand('decode', {
    description: 'decode answers with a key: hidden classes and numbers become the original ones',
    input: 'what frostglass predict wrote',
    out: `where to write the labels, ${writtenEndings}; - prints it as CSV`,
    example: 'frostglass decode answers.csv --key owner.key --out labels.csv',
  })
  command.option(
    '--queries <file>',
    'the encoded queries that were asked, to hold the answers to: their key, their number, and ids where they came along',
  )
  withJson(command)
  return command.action(
    (
      path: string,
      options: KeyFileOptions & { out: string; json?: boolean | undefined; queries?: string | undefined },
    ) =>
      streaming('decoding', options, signal, path, (key, stream, out) =>
        decodeTable(path, key, out, {
          ...stream,
          ...(options.queries === undefined ? {} : { queries: options.queries }),
        }),
      ),
  )
}
