// The command line of frostglass encrypt images.
// Source: ours; what it does stands in ../commands/encryptImages.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { ImagesOptions } from '../commands/encryptImages.ts'
import { fewImages } from '../encryptCounts.ts'
import { withImages, withSplit } from './images.ts'
import { withJson, withKey } from './options.ts'

/** The command `frostglass encrypt images`. */
export function encryptImagesCommand(signal: AbortSignal): Command {
  const command = new Command('images')
    .description('encrypt images as a question for the service')
    .requiredOption('--out <file>', 'the question')
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withImages(command)))).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt images --key owner.key --data digits --limit 3 --out question.bin
  $ frostglass encrypt images --key owner.key --data scans --size 28 --split all --out q.bin

By default ${fewImages} images where each is answered by itself, or as many as fit into the slots. Images
whose answers the key knows go along, one for every four, in an order that nobody else knows.`,
  )
  return command.action(async (options: ImagesOptions) =>
    (await import('../commands/encryptImages.ts')).encryptImages(options, signal),
  )
}
