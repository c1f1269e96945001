// A client for the server's benchmark, in a process of its own: keep-alive connections, each asks again when answered.
// Source: node:http, bare. Arguments: URL of the model, clients, seconds, json, binary or tiny (seven numbers). Prints one JSON.
// It checks each answer's status and length, not its numbers: the tests do.

import { Agent, request } from 'node:http'

const [url, clientCount, seconds, how] = process.argv.slice(2) as [string, string, string, string]
const clients = Number(clientCount)
const pixels = Float32Array.from({ length: 784 }, (_, i) => Math.fround((i % 256) / 255))
const agent = new Agent({ keepAlive: true, maxSockets: clients })
const { body, headers } = how === 'binary' ? binary() : how === 'tiny' ? tiny() : json()

function binary() {
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        { name: 'input', shape: [1, 1, 28, 28], datatype: 'FP32', parameters: { binary_data_size: 3136 } },
      ],
      outputs: [{ name: 'probabilities', parameters: { binary_data: true } }],
    }),
  )
  return {
    body: Buffer.concat([head, Buffer.from(pixels.buffer)]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  }
}

function tiny() {
  const data = [15.26, 14.84, 0.871, 5.763, 3.312, 2.221, 5.22]
  return {
    body: Buffer.from(JSON.stringify({ inputs: [{ name: 'x', shape: [1, 7], datatype: 'FP32', data }] })),
    headers: { 'content-type': 'application/json' },
  }
}

function json() {
  const input = { name: 'input', shape: [1, 1, 28, 28], datatype: 'FP32', data: Array.from(pixels) }
  return {
    body: Buffer.from(JSON.stringify({ inputs: [input] })),
    headers: { 'content-type': 'application/json' },
  }
}

let errors = 0
let length = 0

function once(): Promise<number> {
  const start = performance.now()
  return new Promise((done) => {
    const fail = () => {
      errors++
      done(performance.now() - start)
    }
    const asked = request(
      `${url}/infer`,
      { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        let size = 0
        answer.on('data', (part: Buffer) => {
          size += part.length
        })
        answer.on('error', fail)
        answer.on('end', () => {
          length ||= size
          // Digits of the probabilities in JSON vary with the batch, by a few.
          if (answer.statusCode !== 200 || Math.abs(size - length) > 100) return fail()
          done(performance.now() - start)
        })
      },
    )
    asked.on('error', fail)
    asked.end(body)
  })
}

async function askFor(milliseconds: number): Promise<number[]> {
  const end = performance.now() + milliseconds
  const latencies: number[] = []
  const loop = async () => {
    while (performance.now() < end) latencies.push(await once())
  }
  await Promise.all(Array.from({ length: clients }, loop))
  return latencies
}

await askFor(500)
errors = 0
const start = performance.now()
const latencies = await askFor(1000 * Number(seconds))
const elapsed = performance.now() - start
agent.destroy()
latencies.sort((a, b) => a - b)
const quantile = (share: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]
process.stdout.write(
  JSON.stringify({
    perSecond: (1000 * latencies.length) / elapsed,
    p50: quantile(0.5),
    p99: quantile(0.99),
    requests: latencies.length,
    errors,
  }),
)
