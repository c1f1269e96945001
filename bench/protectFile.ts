// Protects one file and prints, as JSON, the milliseconds and the peak of resident memory that it took.
// Source: files.ts starts it: node protectFile.ts <input> <key file> <output>.

import { protectTable, readKeyFile } from '../src/protect/index.ts'

const [input, keyFile, output] = process.argv.slice(2) as [string, string, string]
const key = await readKeyFile(keyFile)
const start = performance.now()
await protectTable(input, key, output)
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, peak: process.resourceUsage().maxRSS / 1024 }))
