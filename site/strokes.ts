// From lines drawn on the pad to a digit as MNIST has them: 28×28, in a box of 20×20, centred by mass, anti-aliased.
// Source: LeCun, Cortes, Burges, THE MNIST DATABASE ("size normalized to fit in a 20x20 box … center of mass").
// Lines get one width, a usual one of MNIST's; it does not imitate any pen.

/** A place on the pad: 0 … 1 from the left and from the top. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A line that was drawn without lifting the pen. */
export type Stroke = readonly Point[]

/** Pixels a side. */
export const side = 28

const box = 20
// Half the width of a line, in pixels: MNIST's digits have lines of some 2.5 pixels.
const radius = 1.2
// A dot stays small: what is drawn smaller than this share of the pad is not blown up to fill the box.
const smallest = 0.2

/** The digit as bytes, 0 background … 255 ink; undefined when nothing is drawn. */
export function digitOf(strokes: readonly Stroke[]): Uint8Array | undefined {
  const points = strokes.flat()
  if (points.length === 0) return undefined
  const [left, right] = extent(points.map((p) => p.x))
  const [top, bottom] = extent(points.map((p) => p.y))
  const scale = (box - 2 * radius) / Math.max(right - left, bottom - top, smallest)
  const placed = (dx: number, dy: number): Stroke[] =>
    strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: side / 2 + scale * (x - (left + right) / 2) + dx,
        y: side / 2 + scale * (y - (top + bottom) / 2) + dy,
      })),
    )
  const [x, y] = centreOfMass(inked(placed(0, 0)))
  return Uint8Array.from(inked(placed(side / 2 - x, side / 2 - y)), (v) => Math.round(255 * v))
}

function extent(values: readonly number[]): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const v of values) {
    low = Math.min(low, v)
    high = Math.max(high, v)
  }
  return [low, high]
}

/** Ink a pixel, 0 … 1: full within the line, falling over one pixel at its edge. */
function inked(strokes: readonly Stroke[]): Float64Array {
  const ink = new Float64Array(side * side)
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[i - 1] ?? to
      const reach = radius + 1
      const columns = span(Math.min(from.x, to.x) - reach, Math.max(from.x, to.x) + reach)
      const rows = span(Math.min(from.y, to.y) - reach, Math.max(from.y, to.y) + reach)
      for (let row = rows[0]; row < rows[1]; row++) {
        for (let column = columns[0]; column < columns[1]; column++) {
          const distance = distanceTo({ x: column + 0.5, y: row + 0.5 }, from, to)
          const value = Math.min(1, Math.max(0, radius + 0.5 - distance))
          const at = row * side + column
          if (value > ink[at]!) ink[at] = value
        }
      }
    })
  }
  return ink
}

const span = (low: number, high: number): [from: number, to: number] => [
  Math.max(0, Math.floor(low)),
  Math.min(side, Math.ceil(high)),
]

/** From a point to the nearest of a segment. */
function distanceTo(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length))
  return Math.hypot(p.x - a.x - along * dx, p.y - a.y - along * dy)
}

function centreOfMass(ink: Float64Array): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0]
  ink.forEach((value, i) => {
    mass += value
    x += value * ((i % side) + 0.5)
    y += value * (Math.floor(i / side) + 0.5)
  })
  return [x / mass, y / mass]
}
