// A discrete Fourier transform of a power-of-two length, in place.
// Source: Cooley and Tukey 1965; the error bound is Higham 2002, section 24.1, taken output by output.
// Plain radix 2: a quarter of a million points take some 15 ms, which is all that the accountant needs.

/** Unit roundoff of float64. */
export const UNIT = 2 ** -53

/**
 * How far each output may be from the exact one, as a multiple of Σ|inputs|: eight roundings a stage, where a
 * butterfly with a rounded twiddle makes at most five.
 */
export const transformError = (length: number): number => 8 * UNIT * Math.log2(length)

/**
 * X_f = Σ_t x_t e^{−2πift/n}, or with e^{+…} and without 1/n when `inverse`.
 *
 * @param re real parts, a power-of-two length; replaced.
 * @param im imaginary parts, as long; replaced.
 */
export function transform(re: Float64Array, im: Float64Array, inverse: boolean): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      ;[re[i], re[j]] = [re[j]!, re[i]!]
      ;[im[i], im[j]] = [im[j]!, im[i]!]
    }
  }
  const cos = new Float64Array(n >> 1)
  const sin = new Float64Array(n >> 1)
  const turn = ((inverse ? 2 : -2) * Math.PI) / n
  for (let k = 0; k < n >> 1; k++) {
    cos[k] = Math.cos(turn * k)
    sin[k] = Math.sin(turn * k)
  }
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half)
    for (let start = 0; start < n; start += 2 * half)
      for (let k = 0; k < half; k++) {
        const a = start + k
        const b = a + half
        const c = cos[k * stride]!
        const s = sin[k * stride]!
        const x = re[b]! * c - im[b]! * s
        const y = re[b]! * s + im[b]! * c
        re[b] = re[a]! - x
        im[b] = im[a]! - y
        re[a] = re[a]! + x
        im[a] = im[a]! + y
      }
  }
}
