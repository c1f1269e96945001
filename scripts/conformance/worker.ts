// Answers cases in a process of its own, so that a crash of the runtime ends one case and not the run.
// Source: none. It is sent cases, one at a time, and sends back what came of each.

import type { Case } from './case.ts'
import { answer } from './judge.ts'

process.on('message', (c: Case) => {
  void answer(c).then(
    (found) => process.send!(found),
    (error: Error) => process.send!({ failed: error.message }),
  )
})
