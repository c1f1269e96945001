// A picture of 28×28 numbers, drawn with hard pixels in the page's ink.
// Source: the canvas of the HTML standard; ink is opacity, so that a theme changes pictures without drawing them again.
// It scales nothing by itself: give numbers from 0 to 1.

import { useEffect, useRef } from 'preact/hooks'
import { side } from './strokes.ts'

interface PictureProps {
  /** 784 numbers, 0 paper … 1 ink; undefined draws nothing. */
  readonly ink: ArrayLike<number> | undefined
  /** What it shows, for those who do not see it; empty where the words around it say so. */
  readonly label: string
  readonly class?: string | undefined
}

/** Draws numbers as a picture. */
export function Picture({ ink, label, class: name = '' }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(side, side)
    for (let i = 0; i < side * side; i++) {
      image.data[4 * i + 3] = Math.round(255 * Math.min(1, Math.max(0, ink?.[i] ?? 0)))
    }
    context.putImageData(image, 0, 0)
  }, [ink])
  const told = label ? { role: 'img' as const, 'aria-label': label } : { 'aria-hidden': true }
  return <canvas ref={canvas} width={side} height={side} class={`picture ${name}`} {...told} />
}

/** Bytes as ink. */
export const inkOfBytes = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (v) => v / 255)

/** Numbers of any range as ink: 0 stays paper, the largest magnitude is full ink. */
export function inkOfNumbers(values: Float32Array): Float32Array {
  let largest = 0
  for (const v of values) largest = Math.max(largest, Math.abs(v))
  return values.map((v) => (largest === 0 ? 0 : Math.abs(v) / largest))
}
