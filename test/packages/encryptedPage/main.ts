// A page of an application with the edge's second door: what its bundler emits is what its visitors may load.

import { connectEncrypted } from '@frostglass/edge/encrypted'

const service = await connectEncrypted(location.origin, 'digits')
await service.ask([new Float32Array(784)])
service.close()
