// The wavelets: Morlet filters of two scales and eight directions, and the Gaussian that averages, as spectra.
// Source: Bruna and Mallat 2013, section 2; parameters and boundaries as Kymatio (Andreux and others 2020) has them.
// Filters are periodic on the padded image; their spectra are real, since f(−u) is the conjugate of f(u).

import { type ComplexMatrix, forwardTransform } from './fourier.ts'

/** Scales of the transform: averages are over 2^2 pixels. */
export const scales = 2
/** Directions of the wavelets of each scale, in steps of 180° / 8. */
export const directions = 8

// Twice 3.1415: Kymatio divides by this and not by 2π. Kept, so that features agree to the last bits of float32.
const twoPi = 6.283

interface Envelope {
  /** Of the Gaussian, in pixels. */
  readonly sigma: number
  /** Direction of the wave, in radians. */
  readonly theta: number
  /** Frequency of the wave, in radians a pixel. */
  readonly xi: number
  /** How much wider the Gaussian is across the wave: its deviation there is sigma / slant. */
  readonly slant: number
}

/** A Gaussian times a wave, periodic on height × width: real and imaginary parts. */
function gabor(height: number, width: number, { sigma, theta, xi, slant }: Envelope) {
  const [cos, sin] = [Math.cos(theta), Math.sin(theta)]
  const re = new Float64Array(height * width)
  const im = new Float64Array(height * width)
  const scale = slant / (twoPi * sigma * sigma)
  // Copies of the filter around the image: what leaves it on one side comes in on the other.
  for (let y = -2 * height; y < 3 * height; y++)
    for (let x = -2 * width; x < 3 * width; x++) {
      const along = y * cos + x * sin
      const across = slant * (x * cos - y * sin)
      const size = scale * Math.exp(-(along * along + across * across) / (2 * sigma * sigma))
      const at = (((y % height) + height) % height) * width + (((x % width) + width) % width)
      re[at] = re[at]! + size * Math.cos(xi * along)
      im[at] = im[at]! + size * Math.sin(xi * along)
    }
  return { re, im }
}

const total = (of: Float64Array): number => of.reduce((a, b) => a + b, 0)

/** The real part of a two-dimensional spectrum. */
function spectrum(height: number, width: number, { re, im }: { re: Float64Array; im: Float64Array }) {
  const down = forwardTransform(height)
  const right = forwardTransform(width)
  const element = (m: ComplexMatrix, r: number, c: number) =>
    [m.re[r * m.columns + c]!, m.im[r * m.columns + c]!] as const
  const half = { re: new Float64Array(height * width), im: new Float64Array(height * width) }
  for (let y = 0; y < height; y++)
    for (let k = 0; k < width; k++) {
      let [a, b] = [0, 0]
      for (let x = 0; x < width; x++) {
        const [c, s] = element(right, k, x)
        const [p, q] = [re[y * width + x]!, im[y * width + x]!]
        a += p * c - q * s
        b += p * s + q * c
      }
      half.re[y * width + k] = a
      half.im[y * width + k] = b
    }
  return Float64Array.from({ length: height * width }, (_, i) => {
    const [l, k] = [Math.floor(i / width), i % width]
    let sum = 0
    for (let y = 0; y < height; y++) {
      const [c, s] = element(down, l, y)
      sum += half.re[y * width + k]! * c - half.im[y * width + k]! * s
    }
    return sum
  })
}

/** Spectrum [height, width] of the wavelet of scale `j` (0 or 1) and direction `d` (0 … 7): no mean, so 0 at frequency 0. */
export function waveletSpectrum(height: number, width: number, j: number, d: number): Float64Array {
  const envelope = {
    sigma: 0.8 * 2 ** j,
    theta: ((directions / 2 - 1 - d) * Math.PI) / directions,
    xi: (0.75 * Math.PI) / 2 ** j,
    slant: 4 / directions,
  }
  const wave = gabor(height, width, envelope)
  const bump = gabor(height, width, { ...envelope, xi: 0 })
  const k = total(wave.re) / total(bump.re)
  return spectrum(height, width, {
    re: wave.re.map((v, i) => v - k * bump.re[i]!),
    im: wave.im,
  })
}

/**
 * Spectrum of the averaging Gaussian for maps that have every `step`-th sample of height × width: at `step` 2 the
 * middle rows and columns of frequencies, which such maps cannot hold, are left out.
 */
export function averageSpectrum(height: number, width: number, step: 1 | 2): Float64Array {
  const gaussian = gabor(height, width, { sigma: 0.8 * 2 ** (scales - 1), theta: 0, xi: 0, slant: 1 })
  const whole = spectrum(height, width, gaussian)
  if (step === 1) return whole
  const [h, w] = [height / 2, width / 2]
  const beyond = (k: number, size: number) =>
    k >= Math.floor(size / 4) && k < Math.floor(size / 4) + Math.floor(size / 2)
  const folded = new Float64Array(h * w)
  whole.forEach((v, i) => {
    const [l, k] = [Math.floor(i / width), i % width]
    if (beyond(l, height) || beyond(k, width)) return
    const at = (l % h) * w + (k % w)
    folded[at] = folded[at]! + v
  })
  return folded
}
