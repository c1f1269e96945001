// Makes a key for one file and prints, as JSON, milliseconds, seconds of processor and the peak of resident memory.
// Source: keys.ts starts it: node keyForFile.ts <input>.

import { keyFor } from './tables.ts'

const start = performance.now()
await keyFor(process.argv[2]!)
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
process.stdout.write(
  JSON.stringify({
    ms: performance.now() - start,
    seconds: (userCPUTime + systemCPUTime) / 1e6,
    peak: maxRSS / 1024,
  }),
)
