// Starts a node in a process of its own (nodeChild.ts, privateChild.ts), and says how that ends.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { NodeChild } from './nodeChild.ts'
import type { PrivateChild } from './privateChild.ts'

/** @param onTold called with what it has told so far */
export function ended(
  child: NodeChild | PrivateChild,
  onTold?: (told: string) => void,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly told: string }> {
  const script = join(import.meta.dirname, 'ledger' in child ? 'privateChild.ts' : 'nodeChild.ts')
  const running = spawn(process.execPath, [script, JSON.stringify(child)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (text) => {
      told += text
      onTold?.(told)
    })
  return new Promise((resolve) => running.on('close', (code, signal) => resolve({ code, signal, told })))
}
