// A program of somebody who installed frostglass: type-checked as they would, and run. It prints what it found.
// Source: the library's doors by name; it stands in a clone to be copied into a folder where the package is installed.

import { createKey, openTable, protectTable, readKeyFile, restoreTable, writeKeyFile } from 'frostglass'
import { attacks } from 'frostglass/audit'
import { wheatPath } from 'frostglass/data'
import { ckksParameters } from 'frostglass/encrypt'
import { compile, graph, input, mul, tensor } from 'frostglass/graph'
import { dense } from 'frostglass/learn'
import { protections } from 'frostglass/protect'
import { startService } from 'frostglass/serve/v2'

const x = input('x', [2])
const program = await compile(graph({ inputs: [x], outputs: { y: mul(x, x) } }), { executor: 'native' })
const { y } = await program.run({ x: tensor([2, 3], [2]) })
await program.close()

const wheat = await openTable(wheatPath(), { label: 'variety' })
const { key } = await createKey(wheat, { layers: 3 })
await writeKeyFile('program.key', key, { passphrase: 'a passphrase of a test' })
const again = await readKeyFile('program.key', 'a passphrase of a test')
const { rows } = await protectTable(wheatPath(), again, 'program.csv')
const restored = await restoreTable('program.csv', again, 'program-restored.csv')

const service = await startService({ models: [], port: 0 })
await service.close()
console.log(
  JSON.stringify({
    squares: Array.from(y!.data as Float32Array),
    rows,
    restored: restored.rows,
    attacks: attacks.length > 0,
    protections: protections.length > 0,
    units: typeof dense,
    degree: ckksParameters(1, 30).degree,
  }),
)
