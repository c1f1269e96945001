// Both packages as somebody installs them: packed, installed into fresh folders from the registry, type-checked, run, bundled.
// Nothing here sees the clone's own modules but the compiler and the bundler that an application would bring.
// Without a registry these tests are skipped, and say so.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startService } from '../src/serve/v2/index.ts'
import { launchChromium } from './browser/chromium.ts'
import { type Bundle, bundle, serve } from './browser/site.ts'
import { classifierModel, paneModel } from './servedModels.ts'

const root = resolve(import.meta.dirname, '..')
const place = mkdtempSync(join(tmpdir(), 'frostglass-packages-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

// As in a shell: npm tells what it runs of itself. The runtime's script downloads from a host of its own, for CUDA alone.
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$|^NODE_ENV$|^VITEST/i.test(name)),
  ),
  PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`,
  ONNXRUNTIME_NODE_INSTALL: 'skip',
}

/** Runs a command. @returns its exit code and what it printed */
function run(
  command: string,
  words: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
) {
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    encoding: 'utf8',
    cwd,
    env: { ...environment, ...more },
    shell: process.platform === 'win32',
  })
  return { code: status, out: stdout ?? '', err: `${stderr ?? ''}${error?.message ?? ''}` }
}

/** Runs a command that must end well. @returns what it printed */
function works(command: string, words: readonly string[], cwd: string): string {
  const { code, out, err } = run(command, words, cwd)
  expect({ code, err: code === 0 ? '' : err, out: code === 0 ? '' : out }).toEqual({
    code: 0,
    err: '',
    out: '',
  })
  return out
}

const npm = (words: readonly string[], cwd: string) =>
  works('npm', [...words, '--no-audit', '--no-fund'], cwd)

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** Packs a folder. @returns what npm says of the tarball */
function pack(folder: string): Packed {
  const out = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', place], folder)
  return (JSON.parse(out) as Packed[])[0]!
}

/** What a folder takes of a disk, in units of 2²⁰ bytes: what `du -m` adds up. */
function megabytesOf(folder: string): number {
  const blocks = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => {
    const { blocks: used, size } = lstatSync(join(folder, path))
    return used === undefined ? size : used * 512
  })
  return blocks.reduce((a, b) => a + b, 0) / 2 ** 20
}

/** A new folder of an application. */
function application(name: string): string {
  const folder = join(place, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
  return folder
}

/** Checks programs of a folder by the compiler, with settings that an application has. @returns what is wrong with them */
function typeErrors(folder: string, programs: readonly string[], resolution: 'nodenext' | 'bundler'): string {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2024',
    lib: ['es2024', 'dom'],
    module: resolution === 'bundler' ? 'esnext' : 'nodenext',
    moduleResolution: resolution,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    skipLibCheck: false,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs }))
  const { code, out, err } = run('tsc', ['-p', '.'], folder)
  return code === 0 ? '' : out + err
}

const reachable = run('npm', ['ping'], place).code === 0
if (!reachable) console.warn('SKIPPED: no package registry answers, so that nothing can be installed from it')

describe.skipIf(!reachable)('the packages, installed', () => {
  let library: Packed
  let edge: Packed
  let user: string
  let device: string

  beforeAll(() => {
    works('node', ['scripts/build.ts'], root)
    works('node', ['scripts/buildEdge.ts'], root)
    library = pack(root)
    edge = pack(join(root, 'packages/edge/dist'))
    user = application('user')
    npm(['install', '--omit=dev', join(place, library.filename)], user)
    device = application('device')
    npm(['install', join(place, edge.filename), 'node-seal'], device)
  })

  const frostglass = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    run('node', [join(user, 'node_modules/frostglass/bin/frostglass.js'), ...words], user, more)

  it('hold what is needed: 2.4 MB packed at most, no results, no sources, no tests', () => {
    expect(library.size).toBeLessThan(2_400_000)
    expect(edge.size).toBeLessThan(2_000_000)
    const paths = [library, edge].flatMap(({ files }) => files.map(({ path }) => path))
    expect(
      paths.filter((path) =>
        /\.test\.|testing\.|(?<!\.d)\.ts$|^docs(?!\/(explanation|how-to|reference)\/)|^experiments|\.png$/.test(
          path,
        ),
      ),
    ).toEqual([])
  })

  it('bring 470 MB in production, and none of it the runtime for browsers', () => {
    expect(readdirSync(join(user, 'node_modules'))).not.toContain('onnxruntime-web')
    expect(megabytesOf(user)).toBeLessThan(470)
  })

  it.each(['nodenext', 'bundler'] as const)(
    'have types that a program is checked by, under %s',
    (resolution) => {
      cpSync(join(root, 'test/packages/program.ts'), join(user, 'program.ts'))
      cpSync(join(root, 'test/packages/edge.ts'), join(device, 'edge.ts'))
      expect(typeErrors(user, ['program.ts'], resolution)).toBe('')
      expect(typeErrors(device, ['edge.ts'], resolution)).toBe('')
      // The check finds what is wrong: else it says nothing.
      const wrong =
        "import { openEdgePane } from '@frostglass/edge'\nconst pane: string = await openEdgePane(3)\n"
      writeFileSync(join(device, 'wrong.ts'), wrong)
      expect(typeErrors(device, ['wrong.ts'], resolution)).toMatch(/not assignable/)
    },
  )

  it('run a program with the library', () => {
    cpSync(join(root, 'test/packages/program.ts'), join(user, 'program.ts'))
    expect(JSON.parse(works('node', ['program.ts'], user))).toEqual({
      squares: [4, 9],
      rows: 210,
      restored: 210,
      attacks: true,
      protections: true,
      units: 'function',
      degree: 8192,
    })
  })

  it('run a pane on Node by the edge, with WebAssembly', () => {
    cpSync(join(root, 'test/packages/edge.ts'), join(device, 'edge.ts'))
    writeFileSync(join(device, 'pane.onnx'), paneModel(16))
    writeFileSync(
      join(device, 'image.bin'),
      Uint8Array.from({ length: 784 }, (_, i) => i % 256),
    )
    const found = JSON.parse(works('node', ['edge.ts'], device)) as Record<string, unknown>
    expect(found).toMatchObject({
      kind: 'mlp',
      refused: 'io',
      homeless: 'unsupported',
      refusal: true,
      doors: ['function', 'function'],
    })
    expect(found['sent']).toHaveLength(784)
    expect(new Set(found['sent'] as number[]).size).toBeGreaterThan(100)
  })

  it('have a command line: its version, the doctor, and where the papers are', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(frostglass(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
    expect(frostglass(['doctor', '--json'])).toMatchObject({ code: 0, err: '' })
    const { code, err } = frostglass(['reproduce', 'spg'])
    expect(code).toBe(2)
    expect(err).toMatch(/not part of the installed package/)
    expect(err).toMatch(/Clone the repository/)
  })

  it('say what the page of serve --demo needs, before anything is served', () => {
    const { code, err } = frostglass(['serve', '--demo', '--port', '0'])
    expect(code).toBe(2)
    expect(err).toMatch(/npm install onnxruntime-web@1\./)
  })

  it('protect a table and give it back', () => {
    const wheat = join(user, 'node_modules/frostglass/dist/data/embedded/wheat.csv')
    const passphrase = { FROSTGLASS_PASSPHRASE: 'a passphrase of a test' }
    for (const words of [
      ['key', 'create', wheat, '--label', 'variety', '--layers', '3', '--out', 'owner.key'],
      ['protect', wheat, '--key', 'owner.key', '--out', 'protected.csv'],
      ['restore', 'protected.csv', '--key', 'owner.key', '--out', 'back.csv'],
    ]) {
      const { code, err } = frostglass(words, passphrase)
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
    }
    expect(readFileSync(join(user, 'back.csv'), 'utf8')).toBe(readFileSync(wheat, 'utf8'))
    expect(readFileSync(join(user, 'protected.csv'), 'utf8')).not.toBe(readFileSync(wheat, 'utf8'))
  })

  it('are a megabyte for the edge, without its peers', () => {
    expect(edge.unpackedSize).toBeLessThan(1_000_000)
    expect(megabytesOf(join(device, 'node_modules/@frostglass'))).toBeLessThan(1)
    const { dependencies = {}, peerDependencies } = JSON.parse(
      readFileSync(join(device, 'node_modules/@frostglass/edge/package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    expect(dependencies).toEqual({})
    expect(Object.keys(peerDependencies!)).toEqual(['node-seal', 'onnxruntime-web'])
  })

  it.each([
    // 14 MB of the runtime, which the page loads; and no second build of it, nor SEAL.
    ['page', /^ort-wasm-simd-threaded-.+\.wasm$/, 14_500_000],
    ['encryptedPage', /^seal_throws-.+\.wasm$/, 1_500_000],
  ] as const)(
    'are bundled by Vite into a %s that emits no WebAssembly beside what it loads',
    async (name, wasm, most) => {
      const emitted = [...(await bundledPage(name)).files]
      const found = emitted.map(([path]) => basename(path)).filter((path) => path.endsWith('.wasm'))
      expect(found).toEqual([expect.stringMatching(wasm)])
      expect(emitted.reduce((sum, [, content]) => sum + content.length, 0)).toBeLessThan(most)
    },
  )

  it.skipIf(process.env['FROSTGLASS_SKIP_BROWSER'] === '1')(
    'answer in a browser: a page with the edge protects an image and asks a service',
    async () => {
      const { files, nodeImports } = await bundledPage('page')
      const site = await serve({ files: new Map([...files, ['/pane.onnx', paneModel(16)]]), nodeImports })
      const running = await startService({
        models: [{ name: 'digits', bytes: classifierModel([16]) }],
        port: 0,
        allowOrigin: [new URL(site.url).origin],
      })
      const browser = await launchChromium()
      try {
        const tab = await browser.newPage()
        const faults: string[] = []
        tab.on('pageerror', (error) => faults.push(error.message))
        await tab.goto(`${site.url}?service=${running.url}`)
        await tab.waitForFunction(() => document.title !== 'The edge in an application')
        expect(await tab.title()).toMatch(/^it is \d$/)
        expect(faults).toEqual([])
      } finally {
        await browser.close()
        await running.close()
        await site.close()
      }
    },
  )

  /** Bundles a page of test/packages as an application that has the edge installed. */
  function bundledPage(name: string): Promise<Bundle> {
    cpSync(join(root, 'test/packages', name), join(device, name), { recursive: true })
    return bundle(join(device, name))
  }
})
