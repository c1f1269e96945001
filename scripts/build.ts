// Builds dist/ for the published package: compiles, copies what the compiler leaves behind, and builds the pages.
// Comments go into the declarations of the doors, which editors show, and not into the code: half of its bytes.
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build, minifySync } from 'vite'
import { compile, writeDeclarations } from './declarations.ts'

rmSync('dist', { recursive: true, force: true })
compile('tsconfig.build.json', ['--declaration', 'false', '--removeComments'])
// White space and the names of locals are 7 % of what is packed. Those of functions stay: stack traces tell them.
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.js')) continue
  const { code, errors } = minifySync(path, readFileSync(`dist/${path}`, 'utf8'), {
    module: true,
    compress: false,
    mangle: { toplevel: false, keepNames: true },
    codegen: { removeWhitespace: true },
  })
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  writeFileSync(`dist/${path}`, code)
}
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { readonly default: string }>
}
const doors = Object.values(exports).flatMap((door) =>
  typeof door === 'string' ? [] : [door.default.replace('./dist/', '')],
)
writeDeclarations('tsconfig.build.json', doors, 'dist')
for (const path of ['graph/onnx/onnx_pb.js', 'fleet/flower/flower_pb.js', 'data/embedded', 'demo/first']) {
  cpSync(`src/${path}`, `dist/${path}`, { recursive: true })
}

// The pages of `frostglass serve --demo` and `--encrypted`, and their size as they go over the wire (without WebAssembly).
await build({ configFile: 'vite.site.config.ts', logLevel: 'error' })
const files = readdirSync('dist/site', { recursive: true, encoding: 'utf8' }).map(
  (name) => `dist/site/${name}`,
)
const sizes = files
  .filter((file) => statSync(file).isFile())
  .map((file) => gzipSync(readFileSync(file)).length)
const kilobytes = sizes.reduce((a, b) => a + b) / 1000
console.log(`dist/site: ${sizes.length} files, ${kilobytes.toFixed(1)} kB gzipped`)
// A quarter of it is the runtime's glue, a quarter what holds an encrypted service to its word.
if (kilobytes > 88) throw new Error('both pages together are to stay below 88 kB gzipped')
