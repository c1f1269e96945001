#!/usr/bin/env node
// Starts the command line: from the sources in a clone (Node strips the types), from dist/ in an installed package.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `frostglass: needs Node 22.18 or later, and this is ${process.version}.\n` +
      '  In a clone, run it through npm, which brings its own Node: npm start, or npx frostglass …\n',
  )
  process.exit(2)
}
// Before anything of ONNX Runtime is loaded, in any thread: src/graph/native/telemetry.ts says why.
process.env.ORT_DISABLE_TELEMETRY = '1'
const sources = new URL('../src/cli/main.ts', import.meta.url)
const built = new URL('../dist/cli/main.js', import.meta.url)
const { main } = await import(existsSync(sources) ? sources.href : built.href)
process.exitCode = await main(process.argv)
