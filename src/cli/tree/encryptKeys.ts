// The command line of frostglass encrypt keys | show.
// Source: ours; what it does stands in ../commands/encryptKeys.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import { packings } from '../../encrypt/inference/packings.ts'
import type { KeysOptions } from '../commands/encryptKeys.ts'
import { referenceCount } from '../encryptCounts.ts'
import type { JsonOption } from '../options.ts'
import { withJson, withPassphrase } from './options.ts'

/** The command `frostglass encrypt keys`. */
export function keysCommand(signal: AbortSignal): Command {
  const command = new Command('keys')
    .description('draw a secret key for a model, and the public keys with which its service computes')
    .requiredOption(
      '--for <model>',
      'the model’s ONNX file, its card (.json), or a service: http://host/v2/encrypted/models/NAME',
    )
    .addOption(
      new Option(
        '--packing <how>',
        'latency: one image at a time, soon; throughput: thousands at once (default: latency where it is offered)',
      ).choices(packings),
    )
    .requiredOption('--out <file>', 'the secret key, for its owner alone')
    .requiredOption('--public <file>', 'the public keys, for the service')
    .option(
      '--references <images>',
      'what secret images of known answers are made of, best like those that you will ask (default: drawings)',
    )
    .option('--no-references', 'know no answers: a service that lies with care is not noticed')
    .option('--unsealed', 'write the secret without a passphrase')
    .option('--force', 'replace what exists')
  withJson(withPassphrase(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt keys --for digits.onnx --out owner.key --public public.keys
  $ frostglass encrypt keys --for digits.onnx --references scans \\
      --out owner.key --public public.keys
  $ frostglass encrypt keys --for http://127.0.0.1:8080/v2/encrypted/models/digits \\
      --packing throughput --out owner.key --public public.keys

Parameters are derived here, from the shape of the model alone, at 128 bits of security: no
service can ask for less.

References are ${referenceCount} images that nobody else knows, and the model's answers to them: computed
here where the model's file is given, asked for with keys that are thrown away where a service is.
They hide among the images of every question, so that a service that lies without care is found
out after a few.`,
  )
  return command.action(async (options: KeysOptions) =>
    (await import('../commands/encryptKeys.ts')).createKeys(options, signal),
  )
}

/** The command `frostglass encrypt show`. */
export function showCommand(signal: AbortSignal): Command {
  const command = new Command('show')
    .description('what a file of encrypted inference says of itself; no key is needed')
    .argument('<file>', 'public keys, a question, an answer; a model (.onnx), a card, or a service’s address')
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt show public.keys
  $ frostglass encrypt show digits.onnx --json > card.json`,
  )
  return command.action(async (file: string, options: JsonOption) =>
    (await import('../commands/encryptKeys.ts')).show(file, options, signal),
  )
}
