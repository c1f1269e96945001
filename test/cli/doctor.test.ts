// Each check of `frostglass doctor` passes here, and is told in words where what it needs is taken away.

import { describe, expect, it } from 'vitest'
import { checks } from '../../src/cli/doctorChecks.ts'
import type { Looked } from '../../src/cli/doctorProcess.ts'
import { workplace } from './harness.ts'

const place = workplace()

interface Report {
  readonly works: boolean
  readonly checks: readonly Looked[]
}

/** Node's options under which a library that is loaded meets this statement first. */
const meeting = (library: RegExp, statement: string) => {
  const program = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) { if (${library}.test(name)) { ${statement} } return next(name, context) } })`
  return `--import=data:text/javascript,${encodeURIComponent(program)}`
}

async function doctor(env: Readonly<Record<string, string>> = {}) {
  const { code, out, err } = await place.run('doctor --json', { env })
  return { code, err, report: JSON.parse(out) as Report }
}

const named = ({ checks: all }: Report, name: string) => all.find((one) => one.name === name)

describe('frostglass doctor', () => {
  it('finds here all that the commands need, and leaves no file', async () => {
    const { code, report, err } = await doctor({ TMPDIR: place.make('temporary') })
    expect({ code, err, works: report.works }).toEqual({ code: 0, err: '', works: true })
    expect(report.checks.map(({ name }) => name)).toEqual(checks().map(({ name }) => name))
    expect(report.checks.filter(({ needed, works }) => needed && !works)).toEqual([])
    expect(named(report, 'Node')?.found).toBe(`${process.version} on ${process.platform} ${process.arch}`)
    expect(named(report, 'DuckDB')?.found).toMatch(/^DuckDB v1\.\d+\.\d+, SELECT 1$/)
    expect(named(report, 'SEAL')?.found).toMatch(/encrypted and decrypted at 128 bits/)
    expect(named(report, 'ONNX Runtime')?.found).toMatch(/^onnxruntime-node \d/)
    expect(place.listing().filter((line) => line.startsWith('temporary/'))).toEqual([])
  })

  it('says what does not work, why, and how to get it: a library that is not there, crashes, or ends the process', async () => {
    const words = String.raw`libonnxruntime.so.1: cannot open shared object file\n    at somewhere`
    const { code, report, err } = await doctor({
      NODE_OPTIONS: [
        meeting(/onnxruntime/, `throw new Error('${words}')`),
        meeting(/@duckdb/, `process.kill(process.pid, 'SIGILL')`),
        meeting(/node-seal/, 'process.exit(9)'),
      ].join(' '),
    })
    expect(code).toBe(2)
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'unsupported', message: 'ONNX Runtime, DuckDB, SEAL cannot be used here' },
    })
    expect(report.works).toBe(false)
    const broken = ['ONNX Runtime', 'DuckDB', 'SEAL']
    expect(report.checks.filter(({ needed, works }) => needed && !works).map(({ name }) => name)).toEqual(
      broken,
    )
    expect(broken.map((name) => named(report, name)?.found)).toEqual([
      'libonnxruntime.so.1: cannot open shared object file',
      expect.stringMatching(/^the process that loaded it was ended by SIGILL/),
      expect.stringMatching(/^the process that loaded it ended with 9 before it answered/),
    ])
    for (const [name, cure] of [
      ['ONNX Runtime', /ONNXRUNTIME_NODE_INSTALL=skip/],
      ['DuckDB', /without --omit=optional/],
      ['SEAL', /npm install node-seal/],
    ] as const)
      expect(named(report, name)?.cure).toMatch(cure)
  })

  it('tells of what is optional, and ends well', async () => {
    const env = { NODE_OPTIONS: meeting(/^sharp$/, `throw new Error('no sharp')`), CHROMIUM_PATH: '/none' }
    const { code, out, err } = await place.run('doctor', { env })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^– sharp +no sharp\n +for folders of photographs.*\n +to get it: npm install sharp/m)
    expect(out).toMatch(/^– Chromium +ENOENT: .*'\/none'\n.*\n +to get it: apt-get install chromium/m)
    expect(out).toContain('All that the commands need works here.')
  })

  it('says that the temporary folder cannot be written, without a stack', async () => {
    const { code, out, err } = await place.run('doctor', {
      env: { TMPDIR: place.at('nowhere') },
      apart: true,
    })
    expect(code).toBe(2)
    expect(out).toMatch(/^✗ temporary folder {2}ENOENT: no such file or directory.*nowhere/m)
    expect(out).toMatch(/to get it: set TMPDIR/)
    expect(err).toBe(
      'error (unsupported) temporary folder cannot be used here\n  Do what stands beside it above, then run frostglass doctor again.\n',
    )
    expect(`${out}${err}`).not.toMatch(/ at \S+ \(|All that the commands need/)
  })
})
