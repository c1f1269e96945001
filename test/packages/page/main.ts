// A page of an application with the edge's first door: what its bundler emits is what its visitors may load.

import { ask, connect, openEdgePane } from '@frostglass/edge'

const pane = await openEdgePane(new URL('/pane.onnx', location.href))
const service = await connect(
  new URLSearchParams(location.search).get('service') ?? location.origin,
  'digits',
)
const { decoded } = await ask(pane, service, new Uint8Array(784))
document.title = `it is ${decoded[0]!.label}`
