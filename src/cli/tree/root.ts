// The command tree: who acts, and where each command's line is.
// Source: docs/architecture.md, "The round that everything serves".
// It loads the lines that are asked for, and nothing that only running needs: a test counts what help loads.

import { Command } from 'commander'
import { version } from '../../version.ts'
import { addGroups } from './groups.ts'

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

type Part = () => Promise<(signal: AbortSignal) => Command>

// By who acts. A line is read when it is named, all of them where none is.
const groups: Readonly<Record<string, Readonly<Record<string, Part>>>> = {
  'The owner, tables': {
    key: async () => (await import('./key.ts')).keyCommand,
    protect: async () => (await import('./tables.ts')).protectCommand,
    encode: async () => (await import('./tables.ts')).encodeCommand,
    decode: async () => (await import('./tables.ts')).decodeCommand,
    restore: async () => (await import('./tables.ts')).restoreCommand,
    anonymize: async () => (await import('./anonymize.ts')).anonymizeCommand,
  },
  'The owner, images': {
    obfuscate: async () => (await import('./obfuscate.ts')).obfuscateCommand,
  },
  'The owner, ciphertexts': {
    encrypt: async () => (await import('./encrypt.ts')).encryptCommand,
  },
  'The service': {
    train: async () => (await import('./train.ts')).trainCommand,
    predict: async () => (await import('./predict.ts')).predictCommand,
    serve: async () => (await import('./serve.ts')).serveCommand,
  },
  'A fleet': {
    fleet: async () => (await import('./fleet.ts')).fleetCommand,
  },
  'The auditor': {
    audit: async () => (await import('./audit.ts')).auditCommand,
    certify: async () => (await import('./certify.ts')).certifyCommand,
    risk: async () => (await import('./risk.ts')).riskCommand,
  },
  'The accountant of privacy': {
    ledger: async () => (await import('./ledger.ts')).ledgerCommand,
    schema: async () => (await import('./schema.ts')).schemaCommand,
    query: async () => (await import('./query.ts')).queryCommand,
    private: async () => (await import('./private.ts')).privateCommand,
    synthesize: async () => (await import('./synthesize.ts')).synthesizeCommand,
  },
  'This program': {
    demo: async () => (await import('./demo.ts')).demoCommand,
    reproduce: async () => await (await import('./reproduce.ts')).loadReproduceCommand(),
    doctor: async () => (await import('./doctor.ts')).doctorCommand,
  },
}

/** The command tree with the commands that the arguments name; with all where they name none, as help does. */
export async function buildProgram(argv: readonly string[], signal: AbortSignal): Promise<Command> {
  const program = new Command('frostglass')
    .description(description)
    .version(version)
    .addHelpText('after', round)
    // So that `audit membership --out` is an option of the last name, not of `audit`.
    .enablePositionalOptions()
  const names = Object.values(groups).flatMap((group) => Object.keys(group))
  const named = names.filter((name) => argv.includes(name))
  const asked = named.length > 0 || argv[2] === '--version' ? named : names
  const made: Record<string, Command[]> = {}
  for (const [heading, group] of Object.entries(groups)) {
    made[heading] = []
    for (const [name, part] of Object.entries(group))
      if (asked.includes(name)) made[heading].push((await part())(signal))
  }
  return addGroups(program, made)
}
