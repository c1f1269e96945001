// The protocol as its own clients speak it: NVIDIA's tritonclient and KServe's, from PyPI, against `frostglass serve`.
// Optional: FROSTGLASS_CLIENTS names a Python that has them (pip install 'tritonclient[http]' kserve ml_dtypes).
// Without one these tests are skipped, and say so.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TensorProto_DataType as type } from '../../src/graph/onnx/onnx_pb.js'
import { serving, workplace } from '../cli/harness.ts'
import { oneNodeModel } from '../servedModels.ts'

const python = process.env['FROSTGLASS_CLIENTS'] ?? 'python3'
const has = (module: string) =>
  spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore', timeout: 120_000 }).status === 0
const clients = { triton: has('tritonclient.http'), kserve: has('kserve') }
for (const [name, there] of Object.entries(clients)) {
  if (there) continue
  console.warn(
    `SKIPPED: ${python} has no client of ${name}: pip install 'tritonclient[http]' kserve ml_dtypes, and name that Python in FROSTGLASS_CLIENTS`,
  )
}

const place = workplace()
const models = {
  FP32: type.FLOAT,
  FP64: type.DOUBLE,
  FP16: type.FLOAT16,
  BF16: type.BFLOAT16,
  INT64: type.INT64,
  INT32: type.INT32,
  INT8: type.INT8,
  UINT8: type.UINT8,
  UINT64: type.UINT64,
  BOOL: type.BOOL,
  BYTES: type.STRING,
}

describe.skipIf(!clients.triton && !clients.kserve)('the clients of the protocol', () => {
  let served: Awaited<ReturnType<typeof serving>>
  beforeAll(async () => {
    for (const [name, of] of Object.entries(models)) {
      writeFileSync(place.at(`${name}.onnx`), oneNodeModel('Identity', of))
    }
    served = await serving(
      place,
      Object.keys(models)
        .map((name) => `--model ${name}.onnx`)
        .join(' '),
    )
  })
  afterAll(async () => {
    served.child.kill('SIGINT')
    await served.end
  })

  function ask(script: string): unknown {
    const file = join(import.meta.dirname, script)
    const { status, stdout, stderr } = spawnSync(python, [file, new URL(served.url).host], {
      encoding: 'utf8',
    })
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    return JSON.parse(stdout.trim().split('\n').at(-1)!)
  }

  it.skipIf(!clients.triton)('is asked by tritonclient: every type, both ways, lists, counts, errors', () => {
    const end = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 3] })
    expect(ask('askByTriton.py')).toEqual({
      live: true,
      ready: true,
      model: true,
      version: true,
      nobody: false,
      server: 'frostglass',
      metadata: {
        name: 'FP32',
        versions: ['1'],
        platform: 'onnxruntime_onnx',
        inputs: [end('x')],
        outputs: [end('y')],
      },
      index: Object.keys(models).sort(),
      bfloat16: expect.any(Boolean),
      wrong: [],
      errors: {
        shape: ['400', expect.stringContaining('but [1,4] came')],
        type: ['400', expect.stringContaining("'x' is FP32, but FP64 came")],
        model: ['404', expect.stringContaining("no model 'nobody'")],
        input: ['400', expect.stringContaining("no input 'z'")],
        wide: ['400', expect.stringContaining('binary data')],
        load: ['501', expect.stringContaining('not loaded over HTTP')],
      },
      async: Array.from({ length: 8 }, () => [1, 3]),
      statistics: [['FP32', '1', true]],
      all: Object.keys(models).length,
    })
  })

  it.skipIf(!clients.kserve)('is asked by KServe’s client: health, every type, errors', () => {
    expect(ask('askByKserve.py')).toEqual({
      live: true,
      ready: true,
      model: true,
      nobody: false,
      wrong: [],
      errors: {
        words: [400, expect.stringContaining('null came')],
        shape: [400, expect.stringContaining('but [1,4] came')],
        model: [404, expect.stringContaining("no model 'nobody'")],
      },
    })
  })
})
