// The page's worker: holds the secret, encrypts, asks, decrypts.
// Source: @frostglass/edge/encrypted. The library's WebAssembly comes from this page's server (runtime/).

import { connectEncrypted, type EncryptedService } from '../../src/edge/encrypted.ts'
import { plansOf } from '../../src/encrypt/inference/compiled.ts'
import { mostKeyBytes } from '../../src/encrypt/inference/sizes.ts'
import { failureWords } from '../failure.ts'
import { side } from '../strokes.ts'
import type { Order, Report } from './messages.ts'

const report = (message: Report) => postMessage(message)
let connecting: Promise<EncryptedService> | undefined

addEventListener('message', async ({ data }: MessageEvent<Order>) => {
  const id = 'ask' in data ? data.id : undefined
  try {
    if ('connect' in data) await connect(data.connect, data.token)
    else await ask(data.ask, data.id)
  } catch (error) {
    report({ id, failure: failureWords(error) })
  }
})

async function connect(model: string, token: string | undefined): Promise<void> {
  const before = connecting
  connecting = connectEncrypted(location.origin, model, {
    wasm: `${location.origin}/runtime/seal_throws.wasm`,
    // The page comes from the service that it would check: see Honestly.tsx.
    references: 0,
    token,
  })
  ;(await before?.catch(() => undefined))?.close()
  const { card } = await connecting
  report({ card, keyBytes: mostKeyBytes(plansOf(card)) })
}

async function ask(pixels: Uint8Array, id: number): Promise<void> {
  const service = await connecting!
  const image = Float64Array.from(pixels, (v) => v / 255)
  const { answers, bytes, milliseconds, question, answer } = await service.ask([image], {
    onStage: (stage) => report({ id, stage }),
  })
  report({
    id,
    asked: {
      bytes,
      milliseconds,
      logits: Float32Array.from(answers.forOwner().exact[0]!),
      sent: middleOf(question),
      received: middleOf(answer),
    },
  })
}

/** As many bytes as a picture has pixels, from behind the heads. */
const middleOf = (bytes: Uint8Array): Uint8Array =>
  bytes.slice(Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + side * side)
