// Trains three epochs and prints, as JSON, by how many MiB the process grew at its peak.
// Source: private.ts starts it: node privateMemory.ts private|plain <batch>.

import { train } from '../src/learn/index.ts'
import { trainPrivately } from '../src/private/index.ts'
import { privateOptions, tutorialCnn, tutorialData } from './privateModel.ts'

const [kind, batch] = process.argv.slice(2) as [string, string]
const data = tutorialData(8 * Number(batch))
const options = { ...privateOptions(Number(batch)), epochs: 3 }
const before = process.memoryUsage.rss()
const epochs =
  kind === 'private' ? trainPrivately(tutorialCnn, data, options) : train(tutorialCnn, data, options)
for await (const _ of epochs);
process.stdout.write(JSON.stringify(process.resourceUsage().maxRSS / 1024 - before / 2 ** 20))
