// A program of a device with @frostglass/edge installed, on Node: type-checked as its owner would, and run.
// Source: doors of the package by name. It prints what it found.

import { readFileSync } from 'node:fs'
import { FrostglassError, openEdgePane } from '@frostglass/edge'
import { connectEncrypted, fetchCard, OwnerOnly } from '@frostglass/edge/encrypted'
import { type FleetMessage, joinFleet, oneRecord } from '@frostglass/edge/fleet'
import { answerBySteps, tensor } from '@frostglass/edge/fleet/step'

const pane = await openEdgePane(new URL('pane.onnx', import.meta.url))
const sent = await pane.protect(new Uint8Array(readFileSync('image.bin')))
const refused = await connectEncrypted('http://127.0.0.1:9', 'digits', { retries: 0 }).catch(
  (error: unknown) => error,
)
const answer = async ({ content }: FleetMessage) => ({
  refused: `${oneRecord(content, 'arrays').size} arrays`,
})
const byStep = answerBySteps({ x: tensor([1, 2], [1, 2]), y: tensor([1], [1, 1]) })
const refusal = await byStep({ type: 'query', run: 1n, content: new Map() }, undefined)
// A device that keeps nothing is no node: Node has no IndexedDB.
const homeless = await joinFleet({ answer }).catch((error: unknown) => error)
console.log(
  JSON.stringify({
    sent: Array.from(sent),
    kind: pane.card.kind,
    refused: refused instanceof FrostglassError ? refused.code : 'no FrostglassError',
    refusal: 'refused' in refusal,
    homeless: homeless instanceof FrostglassError ? homeless.code : 'no FrostglassError',
    doors: [typeof fetchCard, typeof OwnerOnly],
  }),
)
await pane.close()
