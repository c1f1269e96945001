// `npm run bench`: ratios against peers and against the machine's limit, from one run.
// Source: docs/results/bench.md.
// Numbers of different runs, or of different machines, do not compare; the ratios of one run do.

import { cpus } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { FrostglassError } from '../src/errors.ts'
import { aggregation } from './aggregation.ts'
import { certificates } from './certify.ts'
import { codes } from './codePane.ts'
import { edge } from './edge.ts'
import { encrypt } from './encrypt.ts'
import { files } from './files.ts'
import { fleet } from './fleet.ts'
import { keys } from './keys.ts'
import { large } from './large.ts'
import type { Measurement, Row } from './measurement.ts'
import { peak } from './peak.ts'
import { findPython } from './peers.ts'
import { privateTraining } from './private.ts'
import { publish } from './publish.ts'
import { queries } from './queries.ts'
import { rows as protectRows } from './rows.ts'
import { server } from './server.ts'
import { small } from './small.ts'
import { formatRows, meets } from './table.ts'

const measurements: readonly Measurement[] = [
  peak,
  small,
  large,
  protectRows,
  files,
  keys,
  server,
  edge,
  codes,
  encrypt,
  queries,
  privateTraining,
  certificates,
  fleet,
  aggregation,
  publish,
]

const command = new Command('npm run bench --')
  .description('Measures, and prints medians and their ratios; contenders take turns, A B A B.')
  .option(
    '--only <name>',
    `one of: ${measurements.map((m) => m.name).join(', ')} (may be repeated)`,
    pick,
    [],
  )
  .option('--quick', 'fewer samples, smaller tables', false)
  .option(
    '--peers',
    'compare with PyTorch, TensorFlow, NumPy, TenSEAL, OpenDP, Opacus and FastAPI too (bench/peers/requirements.txt)',
    false,
  )
  .option('--json', 'print one JSON with all samples', false)
  .addHelpText(
    'after',
    `\nMeasurements:\n${measurements.map((m) => `  ${m.name.padEnd(8)}${m.about}`).join('\n')}\n\nExample:\n  $ npm run bench -- --only small --quick`,
  )

function pick(name: string, before: readonly string[]): string[] {
  if (!measurements.some((m) => m.name === name))
    throw new InvalidArgumentError(`It is none of ${measurements.map((m) => m.name).join(', ')}.`)
  return [...before, name]
}

interface Options {
  readonly only: readonly string[]
  readonly quick: boolean
  readonly peers: boolean
  readonly json: boolean
}

try {
  const { only, quick, peers, json } = command.parse().opts<Options>()
  if (peers) findPython()
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const found: Row[] = []
  for (const measurement of measurements) {
    if (only.length > 0 && !only.includes(measurement.name)) continue
    say(`${measurement.name}: ${measurement.about}`)
    found.push(...(await measurement.run({ quick, peers, say })))
  }
  const machine = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
  }
  if (json) {
    const rows = found.map((row) => ({ ...row, met: meets(row) }))
    process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`)
  } else {
    const on = `${machine.cores} cores (${machine.processor}), Node ${machine.node}; medians`
    process.stdout.write(`${on}\n\n${formatRows(found)}\n`)
  }
} catch (error) {
  if (!(error instanceof FrostglassError)) throw error
  process.stderr.write(`${error.message}\n${error.hint ? `${error.hint}\n` : ''}`)
  process.exitCode = 2
}
