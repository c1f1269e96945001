// The command line of frostglass encrypt ask: images asked about over HTTP.
// Source: ours; what it does stands in ../commands/encryptAsk.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import { writtenEndings } from '../../data/formats.ts'
import type { AskOptions } from '../commands/encryptAsk.ts'
import { withToShow } from './encryptDecrypt.ts'
import { withImages, withSplit } from './images.ts'
import { withJson, withKey } from './options.ts'

/** The command `frostglass encrypt ask`. */
export function askCommand(signal: AbortSignal): Command {
  const command = new Command('ask')
    .description('encrypt images, ask a service over HTTP, decrypt its answers')
    .argument('<service>', 'the address of a model: http://host/v2/encrypted/models/NAME')
    .option('--keys <file>', 'the public keys of encrypt keys; without them new ones are made and sent')
    .requiredOption('--out <file>', writtenEndings)
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withImages(withToShow(command))))).addHelpText(
    'after',
    `
Example:
  $ frostglass encrypt ask http://127.0.0.1:8080/v2/encrypted/models/digits \\
      --key owner.key --keys public.keys --data digits --limit 3 --out answers.csv`,
  )
  return command.action(async (url: string, options: AskOptions) =>
    (await import('../commands/encryptAsk.ts')).ask(url, options, signal),
  )
}
