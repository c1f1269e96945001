// The command lines of frostglass fleet serve | key: a coordinator of our own, and the key by which it knows a node.
// Source: ours; what they do stands in ../commands/fleetServe.ts and fleetKey.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError } from 'commander'
import type { FleetKeyOptions } from '../commands/fleetKey.ts'
import type { FleetServeOptions } from '../commands/fleetServe.ts'
import { positiveNumber, wholeNumber, withForce, withJson } from './options.ts'

/** The command `frostglass fleet serve`. */
export function fleetServeCommand(signal: AbortSignal): Command {
  const command = new Command('serve')
    .description('coordinate a fleet without Flower: rounds, nodes by their keys, and sums that nobody reads')
    .requiredOption('--nodes <file>', 'who is let in: one line a node, as `frostglass fleet key` prints it')
    .requiredOption('--step <file>', 'the training step that nodes run, .onnx (frostglass fleet step)')
    .requiredOption('--weights <file>', 'the first weights, .json (frostglass fleet step --weights)')
    .requiredOption('--state <folder>', 'what outlives this process; the weights of every round come here')
    .option('--rounds <count>', 'that are to come to new weights', wholeNumber(1, 1_000_000), 10)
    .option('--sample <nodes>', 'asked in a round: a count, or a share of those present, e.g. 30%', sample)
    .option('--min <count>', 'replies without which a round changes nothing', wholeNumber(1, 10_000), 2)
    .option(
      '--available <count>',
      'nodes that are there before a round begins (default: --min)',
      wholeNumber(1, 10_000),
    )
    .option('--learning-rate <rate>', 'of the nodes’ steps', positiveNumber, 0.1)
    .option('--epochs <count>', 'passes over its rows that a node takes a round', wholeNumber(1, 1000), 1)
    .option('--batch <rows>', 'rows a step', wholeNumber(1, 1_000_000), 32)
    .option(
      '--most-examples <count>',
      'that a node counts for (with --secure: by default all nodes count alike)',
      wholeNumber(1),
    )
    .option(
      '--limit <number>',
      'numbers of an update lie within ± this (default: 1000000; --secure: 4)',
      positiveNumber,
    )
    .option('--secure', 'sum updates that nobody sees, the server among them (Bonawitz et al. 2017)')
    .option('--corrupted <count>', 'nodes that may collude with the server (--secure)', wholeNumber(0, 4096))
    .option('--dropouts <count>', 'nodes that may leave in a round (--secure)', wholeNumber(0, 4096))
    .option(
      '--noise <multiplier>',
      'every node adds its share of noise, whose sum is so many times --clip in each number: the sum is then differentially private (--secure)',
      positiveNumber,
    )
    .option(
      '--clip <norm>',
      'the most that an update counts for, in the L2 norm (--noise; default: 1)',
      positiveNumber,
    )
    .option('--work-seconds <seconds>', 'for the work of a round', positiveNumber, 600)
    .option('--stage-seconds <seconds>', 'for each stage behind it (--secure)', positiveNumber, 60)
    .option('--poll-seconds <seconds>', 'between two questions of a node', positiveNumber, 1)
    .option('--failures <count>', 'rounds in a row that may fail', wholeNumber(1), 10)
    .option('--port <number>', '0 takes any that is free', wholeNumber(0, 65_535), 8080)
    .option('--host <address>', '0.0.0.0 lets other machines in', '127.0.0.1')
    .option('--allow-host <name...>', 'by which it is asked, besides addresses and localhost; * for any')
    .option('--tls-cert <file>', 'a certificate, PEM: answer over TLS')
    .option('--tls-key <file>', 'its key, PEM, without a passphrase')
  withJson(command).addHelpText(
    'after',
    `
Examples:
  $ frostglass fleet key clinic-a.key --name clinic-a >> nodes.txt
  $ frostglass fleet step --label recovered --schema patients.schema.json \\
      --out step.onnx --weights first.json
  $ frostglass fleet serve --nodes nodes.txt --step step.onnx --weights first.json \\
      --rounds 10 --min 3 --state fleet
  $ frostglass fleet serve --nodes nodes.txt --step step.onnx --weights first.json \\
      --secure --corrupted 1 --dropouts 1 --min 8 --state fleet --host 0.0.0.0 \\
      --tls-cert cert.pem --tls-key key.pem
  $ frostglass fleet serve --nodes nodes.txt --step step.onnx --weights first.json \\
      --secure --corrupted 2 --dropouts 10 --min 90 --noise 5.5 --clip 0.5 --rounds 3 --state fleet
  $ curl http://127.0.0.1:8080/v1/fleet/status

Stopped or killed, it goes on with the same round: give the same command again. Its files and its
options are then those that it began with; only --rounds and --failures may change.
Requests are signed by the nodes' keys, answers are not: beyond this machine take TLS, or a proxy
that has it. Without --secure the server sees every update. With it, the server sees their sum, and
who is in it; an update is within ±--limit number by number, and what a sum of few tells of each is
not hidden: --noise does that. Each node adds a part of it that suffices as long as --min nodes but
--dropouts and --corrupted add theirs; each node works out by itself what a round costs it, and
refuses where its owner counts on fewer colluders, a shorter update or more noise. A round that
fails gives nothing away, and those who answered have paid for it. Exit 3: too many rounds failed in a row.`,
  )
  return command.action(async (options: FleetServeOptions) =>
    (await import('../commands/fleetServe.ts')).fleetServe(options, signal),
  )
}

/** The command `frostglass fleet key`. */
export function fleetKeyCommand(): Command {
  const command = new Command('key')
    .description('make a node’s private key, and print the line by which a coordinator lets it in')
    .argument('<file>', 'where to write it; readable by its owner alone')
    .option('--name <name>', 'of the node in the list (default: the name of the file)')
    .option('--flower', 'a key for a Flower fleet, and the line that its admin registers')
  withJson(withForce(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass fleet key clinic-a.key --name clinic-a
  $ frostglass fleet key flower.key --flower

The file stays with the node, and is for one fleet. The line is public: send it to whoever runs the coordinator, by a
way on which nobody puts another key in its place.`,
  )
  return command.action(async (file: string, options: FleetKeyOptions) =>
    (await import('../commands/fleetKey.ts')).fleetKey(file, options),
  )
}

/** A count, or a share in percent. */
function sample(text: string): { readonly count: number } | { readonly share: number } {
  const [, digits = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? []
  const value = Number(digits)
  if (percent === '%' && value > 0 && value <= 100) return { share: value / 100 }
  if (percent === '' && digits !== '' && Number.isInteger(value) && value >= 1) return { count: value }
  throw new InvalidArgumentError('Expected a count such as 20, or a share such as 30%.')
}
