// Builds dist/ for the published package: compiles, then copies what the compiler leaves behind.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const compiled = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
for (const path of ['graph/onnx/onnx_pb.js', 'graph/onnx/onnx_pb.d.ts', 'data/embedded']) {
  cpSync(`src/${path}`, `dist/${path}`, { recursive: true })
}
