// A program of a device with @frostglass/edge installed, on Node: type-checked as its owner would, and run.
// Source: both doors of the package by name. It prints what it found.

import { readFileSync } from 'node:fs'
import { FrostglassError, openEdgePane } from '@frostglass/edge'
import { connectEncrypted, fetchCard, OwnerOnly } from '@frostglass/edge/encrypted'

const pane = await openEdgePane(new URL('pane.onnx', import.meta.url))
const sent = await pane.protect(new Uint8Array(readFileSync('image.bin')))
const refused = await connectEncrypted('http://127.0.0.1:9', 'digits', { retries: 0 }).catch(
  (error: unknown) => error,
)
console.log(
  JSON.stringify({
    sent: Array.from(sent),
    kind: pane.card.kind,
    refused: refused instanceof FrostglassError ? refused.code : 'no FrostglassError',
    doors: [typeof fetchCard, typeof OwnerOnly],
  }),
)
await pane.close()
