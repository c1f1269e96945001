// The trivial pane of coloured digits: the largest of an image's three channels is the grey digit, without any learning.
// Source: Yonan et al. 2025 tint each digit by switching channels on and off (src/data/images/synthetic.ts).
// It is there to be beaten: whoever hides the colour of Colored-MNIST by a learned pane has to say what that is better at.

import { type Tensor, tensor } from '../../src/graph/index.ts'

/** The largest channel of each pixel: from [n, 3, height, width] bytes to [n, 1, height, width]. */
export function brightestChannel({ data, shape }: Tensor): Tensor {
  const [count, channels, height, width] = shape as [number, number, number, number]
  const area = height * width
  const grey = new Uint8Array(count * area)
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < area; i++) {
        const v = data[(image * channels + channel) * area + i] as number
        if (v > grey[image * area + i]!) grey[image * area + i] = v
      }
  return tensor(grey, [count, 1, height, width], 'uint8')
}
