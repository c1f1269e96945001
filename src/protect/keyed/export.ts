// The pane as an ONNX model of frozen layers, for the owner's own use in any ONNX runtime.
// Source: SPG Figure 10: normalise, reorder, then a dense layer and its activation for each layer.
// The model is the key in another form: it says so in its metadata, and nothing stops who ignores that.

import { graph, input, writeOnnx } from '../../graph/index.ts'
import { protectRows } from './graphs.ts'
import type { Stack } from './layers.ts'

/** The bytes of the model, `features [N, k] → protected [N, k]`, float64. */
export function exportPane(stack: Stack, fingerprint: string): Uint8Array {
  const { attributes } = stack
  const features = input('features', ['N', attributes.count], 'float64')
  const out = protectRows(features, stack)
  return writeOnnx(graph({ inputs: [features], outputs: { protected: out } }), {
    description: secretWarning,
    metadata: {
      'frostglass.secret': 'true',
      'frostglass.scheme': 'keyed',
      'frostglass.fingerprint': fingerprint,
      'frostglass.warning': secretWarning,
      'frostglass.features': JSON.stringify(attributes.names),
    },
  })
}

const secretWarning =
  'SECRET: this model holds the matrices of a Frostglass key. Whoever has it can undo the protection of the data. ' +
  'For the owner only; never send it to the service.'
