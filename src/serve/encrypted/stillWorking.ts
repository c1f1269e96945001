// A client that waits for a long answer is told that work goes on: informational responses (102), one after another.
// Source: RFC 9110, 15.2 (a client must be able to parse them); RFC 2518, 10.1. Node's fetch gives up after 300 s without any
// head of a response; an informational one begins that time anew.
// HTTP/1.0 has none of them, and its clients get none.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Well below what clients and proxies wait for. */
const usual = 30_000

/**
 * Tells the client until it is stopped.
 * @param every milliseconds
 * @returns stops it: before the answer's head is written
 */
export function tellStillWorking(
  { httpVersion }: Pick<IncomingMessage, 'httpVersion'>,
  outgoing: Pick<ServerResponse, 'writeProcessing' | 'headersSent' | 'destroyed'>,
  every = usual,
): () => void {
  if (httpVersion !== '1.1') return () => {}
  const timer = setInterval(() => {
    if (!outgoing.headersSent && !outgoing.destroyed) outgoing.writeProcessing()
  }, every).unref()
  return () => clearInterval(timer)
}
