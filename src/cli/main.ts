// The command line: runs one, turns errors into readable lines and exit codes, listens for Ctrl-C.
// Source: docs/architecture.md#errors-exits-files (exit codes 0 done, 1 bug, 2 usage or input, 3 policy, 4 key).
// No logic of its own: tree/ has what can be said, commands/ what is done, by calling the library.

import { type Command, CommanderError } from 'commander'
import { exitCode, FrostglassError } from '../errors.ts'
import { outputLost, printError } from './output.ts'
import { buildProgram } from './tree/root.ts'

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
    throw new FrostglassError(
      'usage',
      message,
      swallowed(command, error.code) ?? `See ${nameOf(command)} --help.`,
    )
  })
}

/** What to say where an option of several values has taken what should have been an argument. */
function swallowed(command: Command, code: string): string | undefined {
  const greedy = command.options.find(
    (option) => option.variadic && command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  return code === 'commander.missingArgument' && greedy?.long
    ? `Name the ${command.registeredArguments[0]!.name()} before ${greedy.long}, which takes all words up to the next option.`
    : undefined
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}
