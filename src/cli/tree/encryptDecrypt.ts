// The command line of frostglass encrypt decrypt.
// Source: ours; what it does stands in ../commands/encryptDecrypt.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import { writtenEndings } from '../../data/formats.ts'
import type { DecryptOptions } from '../commands/encryptDecrypt.ts'
import { withSplit } from './images.ts'
import { withJson, withKey } from './options.ts'

/** The command `frostglass encrypt decrypt`. */
export function decryptCommand(signal: AbortSignal): Command {
  const command = new Command('decrypt')
    .description(
      'decrypt an answer, for yourself and never for the service: a row an image, its class and the probability of each (with --data of a folder, its file)',
    )
    .argument('<answer>', 'what frostglass encrypt infer wrote')
    .requiredOption('--out <file>', writtenEndings)
    .option('--question <file>', 'what this must be the answer to; without it, any question of this key')
    .option('--data <images>', 'the same images with their labels, to count what is right')
    .option('--force', 'replace what exists')
  withJson(withKey(withSplit(withToShow(command)))).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt decrypt answer.bin --question question.bin --key owner.key --out answers.csv
  $ frostglass encrypt decrypt answer.bin --key owner.key --data digits --out answers.csv

An answer is counted in the key's file, and checked whole; one that fails ends the key. The same
answer can be read again: with --question a service cannot give it for another question.
What is written is for you alone: a service that is shown it, or told whether its answer could be
read, may learn the key from it. --to-show writes what others than the service may see.`,
  )
  return command.action(async (answer: string, options: DecryptOptions) =>
    (await import('../commands/encryptDecrypt.ts')).decrypt(answer, options, signal),
  )
}

export const withToShow = (command: Command): Command =>
  command.option(
    '--to-show',
    'write answers for others than you and the service: thousands at once, with references',
  )
