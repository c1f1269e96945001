// The command line: registers the commands, turns errors into readable lines and exit codes, listens for Ctrl-C.
// Source: ARCHITECTURE, "Rules that hold everywhere" (exit codes 0 done, 1 bug, 2 usage or input, 3 policy, 4 key).
// No logic of its own: each command is one file that calls the library.

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { exitCode, FrostglassError } from '../errors.ts'
import { outputLost, printError } from './output.ts'

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

// One line a paragraph: commander wraps it to the terminal.
const description = [
  'A privacy pane between you and a machine-learning service that you do not trust.',
  'You protect a table with a secret key; the service trains and predicts on what arrives; you decode its answers. ' +
    'Or you obfuscate images before a classifier that stays as it is, or encrypt them and have the answers computed on ciphertexts. ' +
    'What leaves still gives something away: `frostglass audit` measures how much, before it leaves.',
].join('\n\n')

const round = `
The whole round, tables:
  $ frostglass key create wheat.csv --label variety --layers 3 --out owner.key
  $ frostglass protect wheat.csv --key owner.key --out protected.csv
  $ frostglass audit protected.csv --original wheat.csv --key owner.key --out report.html
  $ frostglass train protected.csv --label label --out model.onnx
  $ frostglass encode queries.csv --key owner.key --out encoded.csv
  $ frostglass predict model.onnx encoded.csv --out answers.csv
  $ frostglass decode answers.csv --key owner.key --out labels.csv

Images, before anybody's classifier:
  $ frostglass obfuscate classifier --data digits --architecture lenet --out classifier.onnx
  $ frostglass obfuscate train --classifier classifier.onnx --data digits --kind mlp --out pane.onnx
  $ frostglass obfuscate protect --pane pane.onnx --data digits --out bundle
  $ frostglass audit bundle --original digits --out report.html
  $ frostglass serve --model classifier.onnx

Exit codes: 0 done, 1 a bug, 2 bad usage or input, 3 the policy is broken
or a privacy budget spent, 4 the key is wrong or damaged, 130 stopped (Ctrl-C).`

// A command's modules are read only when it is named: all of them together take half a second.
const commands: Readonly<Record<string, () => Promise<(signal: AbortSignal) => Command>>> = {
  key: async () => (await import('./commands/key.ts')).keyCommand,
  protect: async () => (await import('./commands/protect.ts')).protectCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  encode: async () => (await import('./commands/encode.ts')).encodeCommand,
  predict: async () => (await import('./commands/predict.ts')).predictCommand,
  decode: async () => (await import('./commands/decode.ts')).decodeCommand,
  restore: async () => (await import('./commands/restore.ts')).restoreCommand,
  obfuscate: async () => (await import('./commands/obfuscate.ts')).obfuscateCommand,
  encrypt: async () => (await import('./commands/encrypt.ts')).encryptCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  ledger: async () => (await import('./commands/ledger.ts')).ledgerCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  reproduce: async () => await (await import('./commands/reproduce.ts')).loadReproduceCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
}

/** The command tree with the commands that the arguments name; with all where they name none, as help does. */
export async function buildProgram(argv: readonly string[], signal: AbortSignal): Promise<Command> {
  const program = new Command('frostglass')
    .description(description)
    .version(version)
    .addHelpText('after', round)
    // So that `audit membership --out` is an option of the last name, not of `audit`.
    .enablePositionalOptions()
  const named = Object.keys(commands).filter((name) => argv.includes(name))
  const asked = named.length > 0 || argv[2] === '--version' ? named : Object.keys(commands)
  for (const name of asked) program.addCommand((await commands[name]!())(signal))
  return program
}

/** What is printed goes nowhere: the rest would, too. */
function endWithReader(error: NodeJS.ErrnoException): void {
  process.exit(outputLost(error))
}

/** Nobody can be told. */
function ignoreDeafness(): void {}

/** Runs one command line and answers its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // It stays when the command is done: its last lines may still be on their way. Once, however many commands a process runs.
  if (!process.stdout.listeners('error').includes(endWithReader)) process.stdout.on('error', endWithReader)
  if (!process.stderr.listeners('error').includes(ignoreDeafness)) process.stderr.on('error', ignoreDeafness)
  const json = argv.includes('--json')
  try {
    const program = await buildProgram(argv, controller.signal)
    for (const command of everyCommand(program)) refuseAsOthers(command, json)
    await program.parseAsync([...argv])
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    // The help of a command that needs a subcommand is printed already.
    if (error instanceof CommanderError) return 2
    printError(error, json)
    return exitCode(error)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

/** Makes commander's refusals look like every other error, with the command whose help says more. */
function refuseAsOthers(command: Command, json: boolean): void {
  command.configureOutput({ outputError: () => {}, ...(json ? { writeErr: () => {} } : {}) })
  command.exitOverride((error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error
    const message = error.message.replace(/^error: /, '').replace(/\n\((Did you mean .*)\)$/, '. $1')
    throw new FrostglassError('usage', message, swallowed(command, error.code) ?? `${nameOf(command)} --help`)
  })
}

/** What to say where an option of several values has taken what should have been an argument. */
function swallowed(command: Command, code: string): string | undefined {
  const greedy = command.options.find(
    (option) => option.variadic && command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  return code === 'commander.missingArgument' && greedy?.long
    ? `${greedy.long} takes all words up to the next option: name the ${command.registeredArguments[0]!.name()} before it`
    : undefined
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}
