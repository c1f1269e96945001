// Builds dist/ for the published package: compiles, copies what the compiler leaves behind, and builds the page.
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

rmSync('dist', { recursive: true, force: true })
const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
for (const path of ['graph/onnx/onnx_pb.js', 'graph/onnx/onnx_pb.d.ts', 'data/embedded']) {
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
