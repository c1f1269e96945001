// Calls that nobody answers: tried again until there is an answer, or the node leaves; what a server answers is final.

import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { CallFailed, type Transport } from './contract.ts'
import { FleetRefusal, fleetCalls } from './fleetCalls.ts'
import { SendNodeHeartbeatResponseSchema } from './flower_pb.js'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'

const key = readNodeKey(drawNodeKey())
const yes = toBinary(
  SendNodeHeartbeatResponseSchema,
  create(SendNodeHeartbeatResponseSchema, { success: true }),
)
const gone = () => new CallFailed('connect ECONNREFUSED')
/** A server that gives these answers in order, and the last for ever. */
function server(...answers: readonly (Awaited<ReturnType<Transport>> | Error)[]) {
  let asked = 0
  const transport: Transport = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!
    if (answer instanceof Error) throw answer
    return answer
  }
  return { transport, asked: () => asked }
}
const beat = { node: { nodeId: 5n }, heartbeatInterval: 30 }

describe('a call', () => {
  it('is tried again where nobody answers, or a gateway says so, and says why it waits', async () => {
    const { transport, asked } = server(
      gone(),
      { status: 503, body: new Uint8Array() },
      { status: 200, body: yes },
    )
    const waits: string[] = []
    const call = fleetCalls(transport, key, { onWait: (why) => waits.push(why) })
    expect((await call('send-node-heartbeat', beat)).success).toBe(true)
    expect(waits).toEqual(['connect ECONNREFUSED', 'status 503'])
    expect(asked()).toBe(3)
  })

  it('is given up by a node that leaves a server that is gone, at once and with what it was waiting for', async () => {
    const leave = new AbortController()
    const { transport, asked } = server(gone())
    // Longer waits than this test has come first: what ends them is the leave.
    const call = fleetCalls(transport, key, {
      leave: leave.signal,
      onWait: () => {
        if (asked() === 3) leave.abort()
      },
    })
    await expect(call('send-node-heartbeat', beat)).rejects.toMatchObject({
      code: 'aborted',
      message: 'left while the server did not answer (connect ECONNREFUSED)',
    })
    expect(asked()).toBe(4)
    // One that has left still tries once, to say so.
    await expect(call('deactivate-node', { nodeId: 5n })).rejects.toMatchObject({ code: 'aborted' })
    expect(asked()).toBe(5)
  })

  it('that the server answers goes on after the leave: a reply is delivered', async () => {
    const { transport } = server({ status: 200, body: yes })
    const call = fleetCalls(transport, key, { leave: AbortSignal.abort() })
    expect((await call('send-node-heartbeat', beat)).success).toBe(true)
  })

  it('that is refused is not tried again, and says the server’s reason', async () => {
    const refusal = { status: 412, body: new TextEncoder().encode('{"code": 2004, "message": "online"}') }
    const { transport, asked } = server(refusal, { status: 200, body: yes })
    const error = await fleetCalls(transport, key)('send-node-heartbeat', beat).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(FleetRefusal)
    expect(error).toMatchObject({ status: 412, reason: 2004, message: expect.stringContaining('online') })
    expect(asked()).toBe(1)
  })

  it('whose answer is no message of Flower is refused', async () => {
    const { transport } = server({ status: 200, body: Uint8Array.of(255) })
    await expect(fleetCalls(transport, key)('send-node-heartbeat', beat)).rejects.toMatchObject({
      code: 'input',
    })
  })
})
