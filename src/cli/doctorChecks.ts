// What the commands need of a machine: each check loads the thing and uses it once, and says how to get it.
// Source: the packages' own lists of what they are built for (onnxruntime-node 1.30, @duckdb/node-bindings 1.5, sharp 0.35).
// That a library works on one small input is no promise for a large one.

import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FrostglassError } from '../errors.ts'

/** One thing that commands need. */
export interface Check {
  readonly name: string
  /** Which commands need it, in words. */
  readonly for: string
  /** Whether commands fail without it; else a few abilities are missing. */
  readonly needed: boolean
  /** How to get it, a sentence. */
  readonly cure: string
  /** Uses it. @returns what was found. @throws whatever went wrong */
  look(): Promise<string>
}

const manifest = new URL('../../package.json', import.meta.url)

/** The least version of Node, as `package.json` has it: `22.18`. */
const leastNode = (): string => {
  const { engines } = JSON.parse(readFileSync(manifest, 'utf8')) as { engines: { node: string } }
  return engines.node.replace('>=', '')
}

/** Refuses an answer that a library got wrong: worse than one that does not load. */
function requireRight(right: boolean, what: string): void {
  if (!right) throw new FrostglassError('unsupported', `it loads, and gets ${what} wrong`)
}

const node: Check = {
  name: 'Node',
  for: 'everything',
  needed: true,
  cure: 'install Node 22.18 or later (nodejs.org); in a clone npm brings its own: npx frostglass',
  async look() {
    const least = leastNode()
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number)
    if (major < leastMajor || (major === leastMajor && minor < leastMinor))
      throw new FrostglassError('unsupported', `this is ${process.version}, and ${least} is the least`)
    return `${process.version} on ${process.platform} ${process.arch}`
  },
}

const models: Check = {
  name: 'ONNX Runtime',
  for: 'training, models, obfuscators, serve',
  needed: true,
  cure:
    'install again (npm install onnxruntime-node; with ONNXRUNTIME_NODE_INSTALL=skip where its script cannot download); ' +
    'it is built for Linux with glibc and Windows on x64 and arm64, and for macOS on arm64',
  async look() {
    const { compile, graph, input, matmul, tanh, tensor } = await import('../graph/index.ts')
    for (const dtype of ['float32', 'float64'] as const) {
      const x = input('x', [1, 2], dtype)
      const w = input('w', [2, 1], dtype)
      const program = await compile(graph({ inputs: [x, w], outputs: { y: tanh(matmul(x, w)) } }), {
        executor: 'native',
        threads: 1,
      })
      const { y } = await program.run({ x: tensor([1, 2], [1, 2], dtype), w: tensor([3, -1], [2, 1], dtype) })
      requireRight(Math.abs(Number(y?.data[0]) - Math.tanh(1)) < 1e-6, `tanh(1 · 3 + 2 · −1) in ${dtype}`)
      await program.close()
    }
    const { env } = await import('#onnxruntime')
    return `onnxruntime-node ${env.versions.node ?? ''}, a graph in float32 and one in float64`
  },
}

const tables: Check = {
  name: 'DuckDB',
  for: 'tables, query',
  needed: true,
  cure:
    'install again without --omit=optional (npm install @duckdb/node-api): its library comes as an optional package ' +
    'for Linux, macOS and Windows on x64 and arm64',
  async look() {
    const { openDatabase } = await import('../data/duckdb.ts')
    const database = await openDatabase(256)
    try {
      const connection = await database.connect()
      const reader = await connection.runAndReadAll('SELECT 1::INTEGER, version()')
      const [one, version] = reader.getRows()[0] ?? []
      requireRight(one === 1, 'SELECT 1')
      return `DuckDB ${version}, SELECT 1`
    } finally {
      database.close()
    }
  },
}

const ciphertexts: Check = {
  name: 'SEAL',
  for: 'encrypt, serve --encrypted',
  needed: true,
  cure: 'install again (npm install node-seal); it is WebAssembly, and needs nothing of the system',
  async look() {
    const [{ createCkksOwner }, { ckksParameters }] = await Promise.all([
      import('../encrypt/ckks/owner.ts'),
      import('../encrypt/seal/parameters.ts'),
    ])
    const owner = await createCkksOwner(ckksParameters(1, 30))
    try {
      const [number] = owner.decrypt(owner.encrypt([0.5]), { most: 1 })
      requireRight(Math.abs(number! - 0.5) < 1e-3, 'an encrypted number')
      return 'SEAL in WebAssembly, a number encrypted and decrypted at 128 bits'
    } finally {
      owner.close()
    }
  },
}

const ledgers: Check = {
  name: 'SQLite',
  for: 'ledger, query, private training',
  needed: true,
  cure: 'take Node as nodejs.org builds it: some builds leave its SQLite out',
  async look() {
    const { sqlite } = await import('../data/sqlite.ts')
    const database = new (sqlite().DatabaseSync)(':memory:')
    try {
      const row = database.prepare('SELECT 1 AS one, sqlite_version() AS version').get()
      requireRight(row?.['one'] === 1, 'SELECT 1')
      return `SQLite ${row?.['version']}, SELECT 1`
    } finally {
      database.close()
    }
  },
}

const temporary: Check = {
  name: 'temporary folder',
  for: 'demo, audit exhibits, reproduce',
  needed: true,
  cure: 'set TMPDIR (Windows: TEMP) to a folder that you may write to, with 100 MB free',
  async look() {
    const folder = await mkdtemp(join(tmpdir(), 'frostglass-doctor-'))
    try {
      const written = randomBytes(4096)
      const file = await open(join(folder, 'file'), 'wx', 0o600)
      try {
        await file.writeFile(written)
        await file.sync()
      } finally {
        await file.close()
      }
      requireRight(written.equals(await readFile(join(folder, 'file'))), 'what was written')
      const { bavail, bsize } = await statfs(folder)
      const megabytes = Math.floor((bavail * bsize) / 1e6)
      const found = `${tmpdir()}, ${megabytes.toLocaleString('en')} MB free`
      if (megabytes < 100) throw new FrostglassError('io', `too little space: ${found}`)
      return found
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const pictures: Check = {
  name: 'sharp',
  for: 'folders of photographs (PNG, JPEG, WebP); digits and IDX files need it not',
  needed: false,
  cure: 'npm install sharp, an optional dependency, without --omit=optional',
  async look() {
    const { default: sharp } = await import('sharp')
    const raw = { width: 1, height: 1, channels: 3 } as const
    const jpeg = await sharp(Buffer.of(200, 200, 200), { raw })
      .jpeg()
      .toBuffer()
    const pixels = await sharp(jpeg).raw().toBuffer()
    requireRight(Math.abs(pixels[0]! - 200) < 8, 'a grey JPEG')
    return `sharp ${sharp.versions.sharp}, a JPEG written and read`
  },
}

const page: Check = {
  name: 'onnxruntime-web',
  for: 'serve --demo',
  needed: false,
  cure: 'frostglass serve --demo says which version to install; it is the runtime that the page loads into the browser',
  async look() {
    const { size } = statSync(
      new URL('ort-wasm-simd-threaded.wasm', import.meta.resolve('onnxruntime-web/wasm')),
    )
    return `its WebAssembly, ${(size / 1e6).toFixed(0)} MB`
  },
}

/** Where the browser tests look for it (test/browser/chromium.ts). */
const chromiumPath = () => process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

const chromium: Check = {
  name: 'Chromium',
  for: 'tests of the pages, in a clone; no command needs it',
  needed: false,
  cure: 'apt-get install chromium, or name one with CHROMIUM_PATH; FROSTGLASS_SKIP_BROWSER=1 leaves these tests out',
  async look() {
    accessSync(chromiumPath(), constants.X_OK)
    const { execFileSync } = await import('node:child_process')
    // Its version alone: starting it takes longer than all other checks together.
    return execFileSync(chromiumPath(), ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  },
}

/** Whether this is a clone: the tests are not in the package. */
const inClone = () => existsSync(new URL('../../test', import.meta.url))

/** All checks, in the order in which they are shown. */
export const checks = (): readonly Check[] => [
  node,
  models,
  tables,
  ciphertexts,
  ledgers,
  temporary,
  pictures,
  page,
  ...(inClone() ? [chromium] : []),
]
