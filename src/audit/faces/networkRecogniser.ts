// Recognition by a convolutional network that names a person, or an attribute, of a face.
// Source: McPherson, Shokri and Shmatikov 2016 (networks taught obfuscated faces); layers after LeCun et al. 1998, small as the sets are.
// That it fails does not show that a better network would; what k-same claims holds for every one.

import { tensor } from '../../graph/index.ts'
import { conv2d, dense, dropout, flatten, type Layer, maxPool2d, predict } from '../../learn/index.ts'
import { trainLayers } from '../images/learning.ts'
import type { FaceRecogniser } from './recogniser.ts'
import { seenFaces } from './seen.ts'

const layersFor = (people: number): Layer[] => [
  conv2d({ filters: 16, kernel: 5, stride: 2, padding: 'same', activation: 'relu' }),
  maxPool2d({ size: 2 }),
  conv2d({ filters: 32, kernel: 3, padding: 'same', activation: 'relu' }),
  flatten(),
  dropout(0.4),
  dense({ units: people }),
]

/** Taught for `epochs`, 40 by default. */
export const networkRecogniser = (epochs = 40): FaceRecogniser =>
  Object.freeze<FaceRecogniser>({
    name: 'network',
    async teach({ faces, of, people }, { seed, signal }) {
      const loss = 'categoricalCrossEntropy'
      const { model, weights } = await trainLayers(
        layersFor(people),
        { x: seenFaces(faces), y: tensor(of, [of.length], 'int32') },
        loss,
        { seed, epochs, batch: 16, learningRate: 2e-3, signal },
      )
      return async (asked) => {
        const { data } = await predict(model, weights, seenFaces(asked), { loss })
        return Float64Array.from(
          data as Float64Array,
          (probability) => -Math.log(Math.max(probability, 1e-12)),
        )
      }
    },
  })
