// The untrusted side as a process of its own: answers what it is asked over its parent's channel, and nothing else.
// Source: frames.ts over a descriptor. modelProcess.ts starts it, and is believed here.
// Files that a library of its parent opened for inheritance come along; it closes them, but has had them for a moment.

import { closeSync, fstatSync, readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { FrostglassError } from '../../errors.ts'
import { frameOf, frameReader } from './frames.ts'
import { createModelService } from './modelService.ts'
import { channelDescriptor, requestOf } from './requestFrames.ts'

// Such as ONNX Runtime's log of memory, where the owner ran a model before. Node's own are pipes and sockets.
if (process.platform === 'linux') {
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name)
    try {
      if (descriptor > 2 && fstatSync(descriptor).isFile()) closeSync(descriptor)
    } catch {
      // That of the folder itself is gone by now.
    }
  }
}

const service = createModelService()
const channel = new Socket({ fd: channelDescriptor })

const say = (said: object, parts: readonly Uint8Array[] = []) => {
  channel.cork()
  for (const piece of frameOf({ said, parts })) channel.write(piece)
  channel.uncork()
}

const read = frameReader(
  { head: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
  async (frame) => {
    try {
      const answer = await service.answer(requestOf(frame))
      say({ kind: answer.kind }, answer.kind === 'weights' ? answer.weights : [])
    } catch (error) {
      const code = error instanceof FrostglassError ? error.code : undefined
      say({ kind: 'failure', code, message: String((error as Error)?.message ?? error) })
    }
  },
)
channel.on('data', read)
channel.on('close', () => process.exit(0))
channel.on('error', () => process.exit(1))
