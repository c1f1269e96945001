// frostglass encrypt: models computed on ciphertexts. Each group of subcommands has its own file.

import { Command } from 'commander'
import { learnsText } from './encryptAdversaries.ts'
import { askCommand } from './encryptAsk.ts'
import { decryptCommand } from './encryptDecrypt.ts'
import { encryptImagesCommand } from './encryptImages.ts'
import { answerCommand } from './encryptInfer.ts'
import { inspectCommand, keygenCommand } from './encryptKeys.ts'
import { modelCommand } from './encryptModel.ts'
import { trainCommand } from './encryptTrain.ts'

/** The command tree of `frostglass encrypt`. */
export function encryptCommand(signal: AbortSignal): Command {
  const command = new Command('encrypt')
    .description(
      'compute on ciphertexts at 128 bits of security: encrypted images answered, or a model trained that nobody else can read',
    )
    .addHelpText(
      'after',
      `
The whole round, images (files; over HTTP: frostglass serve --encrypted, then frostglass encrypt ask):
  $ frostglass encrypt model --data digits --out digits.onnx
  $ frostglass encrypt keygen --for digits.onnx --out owner.key --public public.keys
  $ frostglass encrypt encrypt --key owner.key --data digits --limit 3 --out question.bin
  $ frostglass encrypt infer question.bin --model digits.onnx --keys public.keys --out answer.bin
  $ frostglass encrypt decrypt answer.bin --question question.bin --key owner.key --out answers.csv

The service needs the model, public.keys and question.bin. owner.key never leaves.`,
    )
  const parts = [
    modelCommand,
    keygenCommand,
    encryptImagesCommand,
    answerCommand,
    decryptCommand,
    askCommand,
    trainCommand,
    inspectCommand,
  ]
  for (const part of parts) {
    const made = part(signal)
    command.addCommand(made.addHelpText('after', learnsText(made.name())))
  }
  return command
}
