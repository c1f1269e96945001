// A node in a process of its own, that kills itself (SIGKILL) at one step of the exchange: as pulling the plug would, and always there.
// Arguments: one JSON, `NodeChild`.

import { appendFileSync, readFileSync } from 'node:fs'
import type { Content, FlowerRecord } from '../../src/fleet/flower/content.ts'
import { oneRecord } from '../../src/fleet/flower/content.ts'
import { type Call, fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import type { PullMessagesResponse } from '../../src/fleet/flower/flower_pb.js'
import { type NodeMemory, runNode } from '../../src/fleet/flower/node.ts'
import { readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import type { MetricValue } from '../../src/fleet/flower/records.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { tensor } from '../../src/graph/tensor.ts'

/** Steps at which a node may die, in their order. */
const steps = [
  'pulled',
  'taken',
  'fetched in part',
  'answering',
  'answered',
  'kept',
  'announced',
  'pushed in part',
  'pushed',
  'forgotten',
  'settling',
  'settled',
] as const
export type Step = (typeof steps)[number]

/** What such a process is told. */
export interface NodeChild {
  readonly url: string
  readonly folder: string
  /** A file of the private key. */
  readonly key: string
  /** A file that gets a line for each answer: the message's id. */
  readonly answers: string
  readonly dieAt?: Step | undefined
  /** Leave after so many replies. */
  readonly most: number
}

const { url, folder, key: keyFile, answers, dieAt, most } = JSON.parse(process.argv[2]!) as NodeChild

function reached(step: Step): void {
  if (step === dieAt) process.kill(process.pid, 'SIGKILL')
}

/** Numbers that are never the same twice: as of private training, where a second answer is a second release. */
function answerTo(messageType: string, content: Content): Content {
  const noise = crypto.getRandomValues(new Uint32Array(1))[0]!
  const metrics = new Map<string, MetricValue>([
    ['loss', { double: noise }],
    ['num-examples', { integer: 10n }],
  ])
  const answer = new Map<string, FlowerRecord>([['metrics', { metrics }]])
  if (messageType === 'train') {
    const arrays = [...oneRecord(content, 'arrays')].map(
      ([name, { data, shape }]) =>
        [
          name,
          tensor(
            Array.from(data as Float32Array, (v) => v + noise),
            shape,
          ),
        ] as const,
    )
    answer.set('arrays', { arrays: new Map(arrays) })
  }
  return answer
}

const key = readNodeKey(readFileSync(keyFile, 'utf8'))
const kept = await nodeMemory(folder, key)
const memory: NodeMemory = {
  ...kept,
  async taken(metadata) {
    await kept.taken(metadata)
    reached('taken')
  },
  async answered(reply) {
    reached('answered')
    await kept.answered(reply)
    reached('kept')
  },
  async done() {
    reached('pushed')
    await kept.done()
    reached('forgotten')
  },
}
const connection = connectTo(url)
const plain = fleetCalls(connection.call, key)
let pulled = 0
let isForgotten = false
const call: Call = async (name, request) => {
  if (name === 'pull-object' && ++pulled === 2) reached('fetched in part')
  if (name === 'deactivate-node') reached('settled')
  const answer = await plain(name, request)
  if (name === 'pull-messages' && (answer as PullMessagesResponse).messagesList.length > 0) reached('pulled')
  if (name === 'push-messages') {
    reached('announced')
    isForgotten = true
  }
  if (name === 'push-object') reached('pushed in part')
  // After the push only `settle` asks for objects.
  if (name === 'pull-object' && isForgotten) reached('settling')
  return answer
}

await runNode(
  call,
  async ({ metadata, content }) => {
    appendFileSync(answers, `${metadata.messageId}\n`)
    reached('answering')
    return { content: answerTo(metadata.messageType, content) }
  },
  { key, memory, leave: new AbortController().signal, most, onNews: ({ what }) => console.log(what) },
)
connection.close()
kept.close()
