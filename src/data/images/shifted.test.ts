import { expect, it } from 'vitest'
import { shiftedImages } from './shifted.ts'

it('moves each image by a pixel in four directions, with its label', () => {
  const set = {
    name: 'made',
    shape: [2, 3, 4] as const,
    count: 2,
    pixels: Uint8Array.from({ length: 48 }, (_, i) => i + 1),
    labels: { names: ['a', 'b'], of: Int32Array.of(1, 0) },
    attributes: { odd: { names: ['no', 'yes'], of: Int32Array.of(0, 1) } },
  }
  const moved = shiftedImages(set)
  expect(moved.count).toBe(10)
  expect([...moved.labels!.of]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
  expect([...moved.attributes['odd']!.of]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  const moves = [
    [0, 0],
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const
  for (let image = 0; image < 2; image++)
    for (const [move, [down, right]] of moves.entries())
      for (let c = 0; c < 2; c++)
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 4; x++) {
            const [fromY, fromX] = [y - down, x - right]
            const inside = fromY >= 0 && fromY < 3 && fromX >= 0 && fromX < 4
            const expected = inside ? set.pixels[image * 24 + c * 12 + fromY * 4 + fromX] : 0
            expect(moved.pixels[(image * 5 + move) * 24 + c * 12 + y * 4 + x]).toBe(expected)
          }
})
