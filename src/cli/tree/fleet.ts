// The command line of frostglass fleet join | step | serve | key | model: a private node of a Flower fleet, and the step that its operator sends.
// Source: ours; what they do stands in ../commands/fleetJoin.ts and fleetStep.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { FleetJoinOptions } from '../commands/fleetJoin.ts'
import type { FleetModelOptions } from '../commands/fleetModel.ts'
import type { FleetStepOptions } from '../commands/fleetStep.ts'
import { activations } from '../recipeNames.ts'
import { fleetKeyCommand, fleetServeCommand } from './fleetServe.ts'
import {
  positiveNumber,
  wholeNumber,
  wholeNumbers,
  withDelimiter,
  withForce,
  withHeader,
  withJson,
} from './options.ts'
import { withStatement } from './statement.ts'

/** The command tree of `frostglass fleet`. */
export function fleetCommand(signal: AbortSignal): Command {
  const fleet = new Command('fleet').description('learn in a fleet: rows stay, and what leaves is paid for')
  for (const command of [
    joinCommand(signal),
    stepCommand(),
    fleetServeCommand(signal),
    fleetKeyCommand(),
    modelCommand(),
  ])
    fleet.addCommand(command)
  return fleet
}

/** Adds `--hidden` and `--activation`. */
const withNetwork = (command: Command): Command =>
  command
    .option('--hidden <units>', 'units of the hidden layers, e.g. 64,32 (default: 8)', wholeNumbers)
    .addOption(new Option('--activation <name>', 'of the hidden layers').choices(activations).default('tanh'))

/** Adds how a server is reached, and how a coordinator of our own is joined. */
const withServer = (command: Command): Command =>
  command
    .option('--ca <file>', 'certificates in PEM that the server’s is checked against')
    .option('--registered', 'the server’s admin has registered the key (flwr supernode register)')
    .option('--insecure', 'speak without TLS to another machine: whoever is between reads all replies')
    .option(
      '--coordinator',
      'the server is `frostglass fleet serve`, and the key one of `frostglass fleet key`',
    )
    .option(
      '--secure <nodes>',
      'take part in secure sums of so many nodes or more, whoever drops out, and in nothing else (--coordinator)',
      wholeNumber(2, 4096),
    )
    .option(
      '--corrupted <count>',
      'of these nodes that must be allowed to collude with the server (--secure, --share-of)',
      wholeNumber(0, 4096),
    )
    .option(
      '--nodes <file>',
      'who may take part (needed for --secure and --share-of), come by another way than through the coordinator',
    )

const joinHelp = `
Examples:
  $ frostglass ledger create me.ledger --dataset ward --epsilon 8 --delta 1e-6 --composition renyi
  $ frostglass fleet join https://fleet.example:8000 --data patients.csv --label recovered \\
      --schema patients.schema.json --unit row --epsilon 3 --rounds 10 --clip 0.5 \\
      --ledger me.ledger --key node.key --state node --ca ca.pem --registered
  $ frostglass fleet join http://127.0.0.1:8000 --data flowers.csv --label species \\
      --classes setosa,versicolor,virginica --bounds petal_length=0:10 --bounds petal_width=0:5 \\
      --epsilon 3 --ledger me.ledger --key node.key --state node

  $ frostglass fleet join https://fleet.example:8080 --coordinator --secure 8 --nodes nodes.txt \\
      --data patients.csv --label recovered --schema patients.schema.json --epsilon 3 \\
      --ledger me.ledger --key clinic-a.key --state node --ca ca.pem
  $ frostglass fleet join https://fleet.example:8080 --coordinator --share-of 78 --corrupted 2 \\
      --nodes nodes.txt --data patients.csv --label recovered --schema patients.schema.json \\
      --epsilon 3 --rounds 3 --clip 0.5 --ledger me.ledger --key clinic-a.key --state node

Each round is an entry of the ledger before a row is looked at. Make the ledger with
--composition renyi: prices that are added up (sum) ask for three times the noise over 10 rounds.
With --unit table nothing that leaves tells one table from any other, but for ε and δ; that is
much noise, and wants a fleet of hundreds of nodes. With --unit row a node may be one of two; a row
is a person there, unless --privacy-unit says whose it is: then all rows of one are hidden together,
and the ledger is one of that column (ledger create --unit).
With --coordinator --share-of the nodes together add the noise that one would add by itself: the
coordinator states how much (fleet serve --noise), and the node refuses what is less than its ε
asks for. No --trust-server is wanted there: nobody sees a single update, as long as of --nodes no
more than --corrupted collude. A round that fails is paid for. The --state of such a node is never
restored from a backup: its single update may be seen then, with a share of the noise alone.
--rounds and --epsilon are of all that a --state folder ever answers, however often the node is ended
and begun: rounds that it has paid for count, whatever they cost, also where --epsilon or --rounds
are others now. What they cost the ledger has, which alone adds up rounds of different prices.
No loss and no accuracy is told: messages that evaluate are refused, and the round goes on.
A key has one --state folder and one process at a time: a second pays for replies that are refused.
A node that has paid for all its rounds says so when a coordinator asks for another, and leaves.
Ctrl-C leaves when what is in hand is delivered; Ctrl-C again ends at once, and the next join
with the same --state delivers what was made, without paying again.`

function joinCommand(signal: AbortSignal): Command {
  const command = new Command('join')
    .description(
      'be a node of a fleet, Flower’s or our own, within a budget that is spent before anything leaves',
    )
    .argument('<url>', 'the Flower server (SuperLink), or the coordinator; e.g. https://fleet.example:8000')
    .requiredOption(
      '--data <table>',
      'the rows to learn from, which stay: .csv, .json, .parquet and their kin',
    )
    .requiredOption('--label <column>', 'the column to learn')
    .requiredOption('--epsilon <number>', 'ε of all rounds together, e.g. 3', positiveNumber)
    .option('--delta <number>', 'δ of all rounds together (default: the ledger’s)', positiveNumber)
    .option('--rounds <count>', 'training rounds to answer', wholeNumber(1, 10_000), 10)
    .requiredOption('--ledger <file>', 'each round takes its price from it first (frostglass ledger create)')
    .requiredOption(
      '--key <file>',
      'the node’s private key in PEM; for a Flower server made where there is none',
    )
    .requiredOption(
      '--state <folder>',
      'what outlives this process: an unfinished reply, the ledger’s head, how many rounds were paid for',
    )
    .addOption(
      new Option(
        '--unit <what>',
        'what the noise hides: the whole table (any other in its place), or a row (DP-SGD; the model is the node’s own)',
      )
        .choices(['table', 'row'])
        .default('table'),
    )
    .option(
      '--privacy-unit <column>',
      'with --unit row: the column that says whose each row is, of which one counts in a step; not learned from (default: each row is one person)',
    )
    .option('--clip <norm>', 'the most that an update, or a row’s gradient, counts for', positiveNumber, 1)
    .addOption(
      new Option('--clipping <how>', 'of rows: over all weights, for each layer, or automatic')
        .choices(['flat', 'per-layer', 'automatic'])
        .default('flat'),
    )
    .option(
      '--share-of <nodes>',
      'add a share of the noise: the price is then of the sum over so many honest nodes, for who sees the sum alone; with --coordinator, which must state --noise, nobody sees more',
      wholeNumber(2, 1_000_000),
    )
    .option(
      '--trust-server',
      'with --share-of at a Flower server: it may see single updates, which are hardly protected',
    )
  withNetwork(withServer(command))
    .option('--learning-rate <rate>', 'where the server says none', positiveNumber, 0.1)
    .option('--batch <rows>', 'rows a step, where the server says none', wholeNumber(1, 1_000_000), 32)
    .option(
      '--epochs <count>',
      'passes over the rows a round, where the server says none',
      wholeNumber(1, 1000),
      1,
    )
    .option(
      '--examples <count>',
      'told as num-examples, the weight in FedAvg’s mean: settled without the rows',
      wholeNumber(1, 1_000_000_000),
      1,
    )
    .option(
      '--metric <name=number>',
      'a metric that other nodes of the fleet send, and the number sent in its place; may be repeated',
      addMetric,
    )
    .option(
      '--limit <seconds>',
      'that a round may take, a day at most: what is not learned then does not count; refused, and not paid, where what comes before the rows (a thread, the noise) takes half of it',
      positiveNumber,
      600,
    )
    .option(
      '--answer-at-limit',
      'reply, or refuse, when the time limit is over and not before, so that time tells nothing',
    )
    .option('--replies <count>', 'leave after so many replies (default: on Ctrl-C)', wholeNumber(1))
  withStatement(command)
  withJson(withDelimiter(withHeader(command))).addHelpText('after', joinHelp)
  return command.action(async (url: string, options: FleetJoinOptions) =>
    (await import('../commands/fleetJoin.ts')).fleetJoin(url, options, signal),
  )
}

function stepCommand(): Command {
  const command = new Command('step')
    .description('write a training step for the operator of a Flower fleet to send: one ONNX file')
    .requiredOption('--label <column>', 'the column to learn')
    .requiredOption('-o, --out <file>', 'where to write the step, .onnx')
    .option('--weights <file>', 'where to write first weights, as JSON: {"name": {"shape", "data"}}')
  withNetwork(command).option('--seed <number>', 'of the first weights', wholeNumber(0), 0)
  withStatement(command)
  withJson(withForce(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass fleet step --label recovered --schema patients.schema.json --hidden 16 \\
      --out step.onnx --weights first.json

The operator’s ServerApp sends the file’s bytes in its ConfigRecord as training-step, beside rate,
epochs and batch, and begins with the weights. Nodes that state other columns refuse it.`,
  )
  return command.action(async (options: FleetStepOptions) =>
    (await import('../commands/fleetStep.ts')).fleetStep(options),
  )
}

function modelCommand(): Command {
  const command = new Command('model')
    .description('make a model of the weights that a fleet came to, which predict and serve take')
    .argument('<weights>', 'weights as JSON, as fleet serve writes them after each round')
    .requiredOption('--label <column>', 'the column that was learned')
    .requiredOption('-o, --out <file>', 'where to write the model, .onnx')
  withStatement(withNetwork(command))
  withJson(withForce(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass fleet model fleet/weights-0010.json --label recovered --schema patients.schema.json \\
      --hidden 16 --out model.onnx
  $ frostglass predict model.onnx patients.csv --out answers.csv

State what was stated to fleet step. The model tells what its weights tell, and no more.`,
  )
  return command.action(async (weights: string, options: FleetModelOptions) =>
    (await import('../commands/fleetModel.ts')).fleetModel(weights, options),
  )
}

/** A parser that gathers `name=number`, for commander. */
function addMetric(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const [, name, number] = /^([^=]+)=(.+)$/.exec(text) ?? []
  const value = Number(number)
  if (name === undefined || !Number.isFinite(value) || name === 'num-examples')
    throw new InvalidArgumentError(
      'Expected name=number, of a name other than num-examples (see --examples).',
    )
  return { ...before, [name]: value }
}
