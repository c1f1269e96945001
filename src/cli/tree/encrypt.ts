// The command line of frostglass encrypt: models computed on ciphertexts. Each group of subcommands has its own file.
// Source: ours; encryptAdversaries.ts has what help says of each one's adversaries.
// It loads nothing that only running needs.

import { Command } from 'commander'
import { learnsText } from './encryptAdversaries.ts'
import { askCommand } from './encryptAsk.ts'
import { decryptCommand } from './encryptDecrypt.ts'
import { encryptImagesCommand } from './encryptImages.ts'
import { answerCommand } from './encryptInfer.ts'
import { keysCommand, showCommand } from './encryptKeys.ts'
import { modelCommand } from './encryptModel.ts'
import { trainCommand } from './encryptTrain.ts'
import { addGroups } from './groups.ts'

type Part = (signal: AbortSignal) => Command

/** The command tree of `frostglass encrypt`. */
export function encryptCommand(signal: AbortSignal): Command {
  const command = new Command('encrypt')
    .description(
      'compute on ciphertexts at 128 bits of security: encrypted images answered, or a model trained that nobody else can read',
    )
    .addHelpText(
      'after',
      `
The whole round with images, by files (over HTTP: frostglass serve --encrypted and encrypt ask):
  $ frostglass encrypt model --data digits --out digits.onnx
  $ frostglass encrypt keys --for digits.onnx --out owner.key --public public.keys
  $ frostglass encrypt images --key owner.key --data digits --limit 3 --out question.bin
  $ frostglass encrypt infer question.bin --model digits.onnx --keys public.keys --out answer.bin
  $ frostglass encrypt decrypt answer.bin --question question.bin --key owner.key --out answers.csv

The service needs the model, public.keys and question.bin. owner.key never leaves.`,
    )
  const parts = (...made: readonly Part[]) =>
    made.map((part) => {
      const one = part(signal)
      return one.addHelpText('after', learnsText(one.name()))
    })
  return addGroups(command, {
    'The owner': parts(keysCommand, encryptImagesCommand, decryptCommand, askCommand, trainCommand),
    'The service': parts(modelCommand, answerCommand),
    Anybody: parts(showCommand),
  })
}
