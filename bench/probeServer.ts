// A probe of a service while one large body of JSON is sent, read and answered: for the server's benchmark, in a process of its own.
// Source: node:http, bare; a probe as load balancers send it, on a connection of its own. Arguments: URL of the service, megabytes.
// Prints one JSON: the longest and the median probe, milliseconds, how many there were, and how long the large request took.

import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url, megabytes] = process.argv.slice(2) as [string, string]

function largeBody(): Buffer {
  const row = Array.from({ length: 784 }, (_, i) => Math.fround((i % 256) / 255)).join()
  const rows = Math.floor((1e6 * Number(megabytes)) / (row.length + 1))
  const head = `{"inputs":[{"name":"input","shape":[${rows},1,28,28],"datatype":"FP32","data":[`
  return Buffer.from(`${head}${Array(rows).fill(row).join()}]}]}`)
}

/** Milliseconds to the end of an answer. @throws Error for another status than 200 */
function timed(path: string, body?: Buffer, agent?: Agent): Promise<number> {
  const start = performance.now()
  return new Promise((done, failed) => {
    const asked = request(`${url}${path}`, { method: body ? 'POST' : 'GET', agent }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) done(performance.now() - start)
        else failed(new Error(`${path}: ${answer.statusCode}`))
      })
    })
    asked.on('error', failed)
    asked.end(body)
  })
}

const body = largeBody()
const own = new Agent({ keepAlive: true })
await timed('/v2/health/live', undefined, own)
let over = false
const large = timed('/v2/models/digits/infer', body).finally(() => {
  over = true
})
const probes: number[] = []
while (!over) {
  probes.push(await timed('/v2/health/live', undefined, own))
  await sleep(5)
}
own.destroy()
const took = await large
probes.sort((a, b) => a - b)
process.stdout.write(
  JSON.stringify({ longest: probes.at(-1), median: probes[probes.length >> 1], probes: probes.length, took }),
)
