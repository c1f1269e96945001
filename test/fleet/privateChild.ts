// A private node in a process of its own, that kills itself (SIGKILL) at one step between being asked and having answered.
// Arguments: one JSON, `PrivateChild`.

import { readFileSync } from 'node:fs'
import { type Call, fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { tableRounds } from '../../src/fleet/flower/localRounds.ts'
import { type NodeMemory, runNode } from '../../src/fleet/flower/node.ts'
import { readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import { privateAnswer } from '../../src/fleet/flower/privateNode.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { writeStep } from '../../src/fleet/learner/stepFile.ts'
import { openAccount, paidRounds } from '../../src/fleet/privacy/account.ts'
import { localPrice, updateNoise } from '../../src/fleet/privacy/updateNoise.ts'
import { tensor } from '../../src/graph/index.ts'
import { dense, sequential } from '../../src/learn/index.ts'
import { openLedger } from '../../src/private/index.ts'

/** Steps at which it may die, in their order. */
const steps = ['judged', 'paid', 'trained', 'kept', 'announced', 'pushed in part', 'pushed'] as const
export type Step = (typeof steps)[number]

/** What such a process is told. */
export interface PrivateChild {
  readonly url: string
  readonly folder: string
  /** Files of the private key, and of the ledger. */
  readonly key: string
  readonly ledger: string
  readonly dieAt?: Step | undefined
  /** Leave after so many replies. */
  readonly most: number
}

const { url, folder, key: keyFile, ledger: path, dieAt, most } = JSON.parse(process.argv[2]!) as PrivateChild

function reached(step: Step): void {
  if (step === dieAt) process.kill(process.pid, 'SIGKILL')
}

const noise = updateNoise(1, 8)
const ledger = openLedger(path)
const key = readNodeKey(readFileSync(keyFile, 'utf8'))
const kept = await nodeMemory(folder, key)
const memory: NodeMemory = {
  ...kept,
  async answered(reply) {
    await kept.answered(reply)
    reached('kept')
  },
  async done() {
    reached('pushed')
    await kept.done()
  },
}
const account = await openAccount(ledger, folder, {
  losses: [localPrice(noise)],
  delta: undefined,
  unit: 'table',
})
const model = sequential([dense({ units: 1 })], { input: [2] })
const prepare = tableRounds(
  {
    model,
    loss: 'meanSquaredError',
    data: { x: tensor([1, 2, 3, 4], [2, 2], 'float64'), y: tensor([1, 2], [2, 1], 'float64') },
    own: { rate: 0.1, epochs: 1, batch: 2 },
    requireMeaning: () => undefined,
    ownStep: () => writeStep(model, 'meanSquaredError'),
  },
  noise,
)
const answer = privateAnswer({
  async prepare(request, judging) {
    const ready = await prepare(request, judging)
    return {
      ...ready,
      async run(signal) {
        const weights = await ready.run(signal)
        reached('trained')
        return weights
      },
    }
  },
  async pay(what) {
    reached('judged')
    await account(what)
    reached('paid')
  },
  paid: () => paidRounds(folder),
  rounds: 100,
  examples: 1,
  limit: 60,
})
const connection = connectTo(url)
const plain = fleetCalls(connection.call, key)
const call: Call = async (name, request) => {
  const response = await plain(name, request)
  if (name === 'push-messages') reached('announced')
  if (name === 'push-object') reached('pushed in part')
  return response
}
await runNode(call, answer, {
  key,
  memory,
  leave: new AbortController().signal,
  most,
  onNews: ({ what }) => console.log(what),
})
connection.close()
kept.close()
ledger.close()
