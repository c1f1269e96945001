// The untrusted side as a process of its own: answers what it is asked over its parent's channel, and nothing else.
// Source: node:child_process, serialization 'advanced'. modelProcess.ts starts it.

import { FrostglassError } from '../../errors.ts'
import type { Request } from './messages.ts'
import { createModelService } from './modelService.ts'

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
