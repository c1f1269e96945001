// The untrusted side as a process of its own: answers what it is asked over its parent's channel, and nothing else.
// Source: node:child_process, serialization 'advanced'. modelProcess.ts starts it.
// Files that a library of its parent opened for inheritance come along; it closes them, but has had them for a moment.

import { closeSync, fstatSync, readdirSync } from 'node:fs'
import { FrostglassError } from '../../errors.ts'
import type { Request } from './messages.ts'
import { createModelService } from './modelService.ts'

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

process.on('message', async (request: Request) => {
  try {
    process.send!({ answer: await service.answer(request) })
  } catch (error) {
    const { code, message, hint } =
      error instanceof FrostglassError
        ? error
        : { code: undefined, message: String((error as Error)?.message ?? error), hint: undefined }
    process.send!({ failure: { code, message, hint } })
  }
})
process.on('disconnect', () => process.exit(0))
