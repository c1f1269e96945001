// A coordinator, or one node, as a process of its own that kills itself at a write: for tests of what goes on afterwards.
// Argument: JSON, a ServerRun or a NodeRun. A server prints its weights when the fleet is over and everybody was told.

import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqlite } from '../src/data/sqlite.ts'
import { readIdentity } from '../src/fleet/coordinator/identity.ts'
import { joinCoordinator } from '../src/fleet/coordinator/node.ts'
import { withRoundMemory } from '../src/fleet/coordinator/roundMemory.ts'
import { answerOf, secureMean, startTestFleet, type TestFleetOptions, type TestNode } from './fleets.ts'

/** When a process kills itself: at its n-th write, before it or after it. */
export interface Kill {
  readonly at: number
  readonly when: 'before' | 'after'
}

export interface ServerRun {
  readonly what: 'server'
  readonly folder: string
  readonly port: number
  readonly nodes: readonly Omit<TestNode, 'identity'>[]
  readonly secure: boolean
  readonly plan: TestFleetOptions['plan']
  readonly kill?: Kill | undefined
}

export interface NodeRun {
  readonly what: 'node'
  readonly folder: string
  readonly url: string
  readonly pem: string
  readonly index: number
  /** A line a time that its answer is asked for. */
  readonly log: string
  readonly kill?: Kill | undefined
}

function killing({ at, when }: Kill): { before(): void; after(): void } {
  let count = 0
  const die = () => process.kill(process.pid, 'SIGKILL')
  return {
    before() {
      count++
      if (count === at && when === 'before') die()
    },
    after() {
      if (count === at && when === 'after') die()
    },
  }
}

async function serve({ folder, port, nodes, secure, plan, kill }: ServerRun): Promise<void> {
  if (kill) {
    const fault = killing(kill)
    const { prototype } = sqlite().DatabaseSync
    const { exec } = prototype
    prototype.exec = function (sql) {
      if (sql !== 'COMMIT') return exec.call(this, sql)
      fault.before()
      exec.call(this, sql)
      fault.after()
    }
  }
  const given = nodes as readonly TestNode[]
  const aggregation = secure ? secureMean(given) : undefined
  const fleet = await startTestFleet({ nodes: given, folder, port, plan, aggregation })
  while (fleet.coordinator.status().state !== 'over' || !fleet.coordinator.isTold()) await sleep(20)
  if (fleet.faults.length > 0) throw fleet.faults[0]
  process.stdout.write(JSON.stringify([...fleet.coordinator.weights()]))
  await fleet.close()
}

async function work({ folder, url, pem, index, log, kill }: NodeRun): Promise<void> {
  const fault = kill && killing(kill)
  await withRoundMemory(folder, (memory) =>
    joinCoordinator({
      url,
      identity: readIdentity(pem),
      memory: {
        read: () => memory.read(),
        async write(kept) {
          fault?.before()
          await memory.write(kept)
          fault?.after()
        },
      },
      answer(task, signal) {
        appendFileSync(log, `${index} ${task.round}\n`)
        return answerOf(index)(task, signal)
      },
    }),
  )
}

const run = JSON.parse(process.argv[2]!) as ServerRun | NodeRun
await (run.what === 'server' ? serve(run) : work(run))
