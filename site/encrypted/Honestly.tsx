// What the service sees and what it does not, what this does not protect against, and the protocol in four lines.
// Source: docs/how-to/serve-encrypted.md, docs/explanation/encrypted-computation.md. No claim here that is not there.

import type { EncryptedCard } from '../../src/edge/encrypted.ts'
import { useToken } from '../Gate.tsx'
import { size } from './words.ts'

/** Three short lists. */
export function Honestly() {
  return (
    <div class="honest">
      <section aria-labelledby="sees">
        <h2 id="sees">The service sees</h2>
        <ul>
          <li>that you ask, from which address, when, and how often</li>
          <li>which model you ask, and how many images a question has</li>
          <li>your public keys: by them it knows your questions again</li>
        </ul>
      </section>
      <section aria-labelledby="blind">
        <h2 id="blind">It does not see</h2>
        <ul>
          <li>the digit: ciphertexts at 128 bits of security</li>
          <li>its own answer, nor any number on the way to it</li>
          <li>your secret key, which stays in this page and ends with it</li>
        </ul>
      </section>
      <section aria-labelledby="trust" class="warned">
        <h2 id="trust">What you still trust</h2>
        <ul>
          <li>
            A service that lies with care is not noticed here. Do not tell it what you read: it could learn
            your key. A key reads 64 answers, and ends with the first that fails its checks.
          </li>
          <li>
            This page came from that same service. One that lies could send a page that gives your digit away.
            For real secrets take the client from elsewhere: <code>frostglass encrypt</code>, or{' '}
            <code>@frostglass/edge/encrypted</code> in your own page.
          </li>
        </ul>
      </section>
    </div>
  )
}

/** The requests, for those who write a client. */
export function Protocol({
  model,
  card,
  keyBytes,
}: {
  model: string
  card: EncryptedCard
  keyBytes: number
}) {
  // A link that is followed sends no token.
  const open = useToken() === undefined
  const packings = [card.latency && 'one image soon', card.throughput && 'thousands at once'].filter(Boolean)
  return (
    <section class="protocol" aria-labelledby="protocol">
      <h2 id="protocol">The protocol</h2>
      <p>
        The model <b>{model}</b> takes images of {card.shape.input.join(' × ')} (channels, height, width),{' '}
        {packings.join(', or ')}. Keys are at most {size(keyBytes)}.
      </p>
      <ol>
        <li>
          <code>GET /v2/encrypted/models/{model}</code> its card, from which the client makes the plan and the
          keys
        </li>
        <li>
          <code>PUT /v2/encrypted/keys/{'{SHA-256}'}</code> public keys, once, by the hash of their bytes
        </li>
        <li>
          <code>POST /v2/encrypted/models/{model}/infer</code> with the header <code>frostglass-keys</code>:
          ciphertexts there, ciphertexts back
        </li>
      </ol>
      {open && (
        <p>
          <a href="/openapi.json">API</a> <a href="/metrics">Metrics</a>{' '}
          <a href={`/v2/encrypted/models/${encodeURIComponent(model)}`}>Card</a>
        </p>
      )}
    </section>
  )
}
