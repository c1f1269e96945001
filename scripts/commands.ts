// Writes docs/reference/commands.md and a page for each command beside it: arguments, options, defaults, examples.
// Source: the command tree of src/cli, as `--help` shows it. `npm run commands`; a test holds the pages to the code.
// It describes nothing by itself: what is wrong on a page is mended in the command's file.

import type { EventEmitter } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Command, Option } from 'commander'
import { buildProgram } from '../src/cli/tree/root.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const notice = '<!-- Written by `npm run commands` from src/cli. Do not edit: a test compares. -->'
const sharedTitle = 'Options that many commands share'
/** An option that at least so many commands have, in the same words, is described once, on the overview. */
const many = 4
const width = 100

const { signal } = new AbortController()
const loaded = (...words: string[]) => buildProgram(['node', 'frostglass', ...words], signal)

/** The commands of the first level, in the order of the help, each with its options and subcommands. */
async function commandsOf(): Promise<{ readonly program: Command; readonly commands: readonly Command[] }> {
  const program = await loaded()
  const commands: Command[] = []
  for (const name of program.commands.map((command) => command.name())) {
    const found = (await loaded(name)).commands.find((command) => command.name() === name)
    if (found !== undefined) commands.push(found)
  }
  return { program, commands }
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

/** Text outside code, as one cell or paragraph of Markdown. */
const escaped = (text: string) =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '\\<')
    .replaceAll('*', '\\*')
    .replaceAll(/\s*\n\s*/g, ' ')

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``

/** Words of 100 characters a line at most. */
function wrapped(text: string): string {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trim()
    if (line.length > width) lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines.join('\n')
}

function meaning(option: Option): string {
  const remarks = [
    option.mandatory ? 'required' : '',
    option.argChoices === undefined ? '' : `one of ${option.argChoices.map(code).join(', ')}`,
    option.envVar === undefined ? '' : `or ${code(option.envVar)} in the environment`,
    option.negate || option.defaultValue === undefined || option.defaultValue === false
      ? ''
      : `default: ${code(String(option.defaultValueDescription ?? option.defaultValue))}`,
  ].filter((remark) => remark !== '')
  return `${escaped(option.description)}${remarks.length === 0 ? '' : ` (${remarks.join('; ')})`}`
}

const rowOf = (option: Option) => `| ${code(option.flags)} | ${meaning(option)} |`

/** What stands behind the options in `--help`: examples and advice. */
function textAfter(command: Command): string {
  const said: string[] = []
  // Commander emits its help in parts, which its types do not say.
  const emitter = command as unknown as EventEmitter
  emitter.emit('afterHelp', { error: false, write: (text: string) => said.push(text), command })
  return said.join('').trim()
}

/** `frostglass key show`. */
const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`

/** `frostglass key show <key>`. */
function usageOf(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [pathOf(command), ...names].join(' ')
}

/** Who acts, where a command's parts are grouped by that. */
function actorOf(command: Command, depth: number): string {
  const group = command.helpGroup()?.replace(/:$/, '') ?? ''
  return depth === 1 || group === '' ? '' : `*${group}*: `
}

/** With a capital and a full stop. */
const sentence = (text: string) =>
  `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.:?]$/.test(text) ? '' : '.'}`

function sectionOf(command: Command, depth: number, shared: ReadonlySet<string>): string {
  const visible = command.options.filter((option) => !option.hidden)
  const particular = visible.filter((option) => !shared.has(rowOf(option)))
  const common = visible.filter((option) => shared.has(rowOf(option)))
  const after = textAfter(command)
  const said = command.registeredArguments.filter((argument) => argument.description !== '')
  return [
    `${'#'.repeat(depth)} ${pathOf(command)}`,
    ...(depth === 1 ? [notice] : []),
    wrapped(sentence(`${actorOf(command, depth)}${escaped(command.description())}`)),
    ...(command.registeredArguments.length + command.options.length === 0
      ? []
      : [code(`${usageOf(command)}${command.options.length === 0 ? '' : ' [options]'}`)]),
    ...(said.length + particular.length === 0
      ? []
      : [
          [
            '| | |',
            '|---|---|',
            ...said.map((argument) => `| ${code(argument.name())} | ${escaped(argument.description)} |`),
            ...particular.map(rowOf),
          ].join('\n'),
        ]),
    ...(common.length === 0
      ? []
      : [
          wrapped(
            `Also ${common.map((option) => code(option.long ?? option.flags)).join(', ')} ([shared](../commands.md#options-that-many-commands-share)).`,
          ),
        ]),
    ...(after === '' ? [] : [`\`\`\`text\n${after}\n\`\`\``]),
    ...command.commands
      .filter((part) => part.name() !== 'help')
      .map((part) => sectionOf(part, depth + 1, shared)),
  ].join('\n\n')
}

/** Names of files in docs/reference, with what is in them. */
export async function commandPages(): Promise<ReadonlyMap<string, string>> {
  const { program, commands } = await commandsOf()
  const all = commands.flatMap(everyCommand)
  const shared = sharedBy(all)
  const groups = Map.groupBy(program.commands, (command) => command.helpGroup()?.replace(/:$/, '') ?? '')
  const overview = [
    '# Commands',
    notice,
    wrapped(
      `${all.length} commands, as \`frostglass --help\` and \`--help\` of each tell them. Exit codes: 0 done, 1 a bug, 2 bad usage or input, 3 the policy is broken or could not be measured, or a privacy budget is spent, 4 the key is wrong or damaged, 130 stopped (Ctrl-C).`,
    ),
    ...[...groups].flatMap(([group, members]) => [
      ...(group === '' ? [] : [`## ${group}`]),
      ['| command | what it does |', '|---|---|', ...members.map(overviewRow)].join('\n'),
    ]),
    `## ${sharedTitle}`,
    ['| | |', '|---|---|', ...shared].join('\n'),
  ]
  return new Map([
    ['commands.md', `${overview.join('\n\n')}\n`],
    ...commands.map((command): [string, string] => [
      `commands/${command.name()}.md`,
      `${sectionOf(command, 1, shared)}\n`,
    ]),
  ])
}

/** Rows of options that many have; of several in other words under one name, the most frequent. */
function sharedBy(commands: readonly Command[]): ReadonlySet<string> {
  const options = commands.flatMap((command) => command.options)
  const times = Map.groupBy(options, rowOf)
  const often = [...times.values()].filter((same) => same.length >= many)
  const names = Map.groupBy(often, ([option]) => option!.flags)
  return new Set(
    [...names.values()].map((ways) => rowOf(ways.reduce((a, b) => (b.length > a.length ? b : a))[0]!)),
  )
}

const overviewRow = (command: Command) =>
  `| [${command.name()}](commands/${command.name()}.md) | ${escaped(command.summary() || command.description())} |`

if (import.meta.main) {
  rmSync(new URL('commands/', folder), { recursive: true, force: true })
  mkdirSync(new URL('commands/', folder), { recursive: true })
  for (const [name, text] of await commandPages()) writeFileSync(new URL(name, folder), text)
}
