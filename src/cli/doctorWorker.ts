// The process of one check: a library made for another processor ends the process that loads it, and that is to be said, too.
// Source: node:child_process. doctorProcess.ts starts it with the check's name, and reads the one message that it sends.

import { checks } from './doctorChecks.ts'

/** What a check found, or what went wrong, in the words of whoever refused. */
export type Found = { readonly found: string } | { readonly failed: string }

/** An error and what lies behind it: the first line of each, without a stack. */
function wordsOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: unknown }
  const line = String(message ?? error).split('\n')[0]!
  return cause === undefined ? line : `${line}: ${wordsOf(cause)}`
}

const check = checks().find(({ name }) => name === process.argv[2])
if (check === undefined) throw new RangeError(`there is no check '${process.argv[2]}'`)
const answer: Found = await check.look().then(
  (found) => ({ found }),
  (error) => ({ failed: wordsOf(error) }),
)
process.send?.(answer, () => process.exit())
