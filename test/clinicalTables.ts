// Tables of the shapes of three that everybody tries first, made up: rows, columns, rounding, and what goes with what.
// Source: the shapes of scikit-learn's diabetes, wine and breast cancer tables; no value of them is in here.
// Attacks do on them about what they do on the real ones: docs/reference/attacks-on-tables.md has both figures.

import { seededStream } from '../src/random/seeded.ts'

/** A table of numbers with its label: a number, or a class. */
export interface ClinicalTable {
  readonly features: Float64Array[]
  readonly label: Float64Array
}

type Draw = { normal(): number; uniform(): number }

const rounded = (x: number, places: number) => Math.round(x * 10 ** places) / 10 ** places

function tableOf(rows: readonly (readonly number[])[]): ClinicalTable {
  const features = rows[0]!.slice(0, -1).map((_, j) => Float64Array.from(rows, (row) => row[j]!))
  return { features, label: Float64Array.from(rows, (row) => row.at(-1)!) }
}

/** 442 × 10, and a whole number that a third to a half of follows from them. */
export function diabetesLike(seed: number): ClinicalTable {
  const random = seededStream(seed, 'like diabetes')
  const n = () => random.normal()
  return tableOf(
    Array.from({ length: 442 }, () => {
      const health = n()
      const age = n()
      const fat = n()
      const sex = random.uniform() < 0.47 ? 2 : 1
      const bmi = rounded(26.4 + 4.4 * (0.75 * health + 0.2 * age + 0.6 * n()) + 0.6 * (n() ** 2 - 1), 1)
      const pressure = rounded(94.6 + 13.8 * (0.4 * health + 0.3 * age + 0.2 * (sex - 1.5) + 0.8 * n()), 0)
      const triglycerides = Math.exp(4.64 + 0.52 * (0.55 * health + 0.45 * fat + 0.15 * age + 0.65 * n()))
      const hdl = Math.max(22, rounded(49.8 + 12.9 * (-0.5 * health - 0.45 * (sex - 1.5) + 0.75 * n()), 0))
      const ldl = Math.max(41, 115.4 + 30 * (0.85 * fat + 0.15 * age + 0.15 * health + 0.35 * n()))
      const total = rounded(ldl + hdl + triglycerides / 5 + 3 * n(), 0)
      const ratio = rounded(total / hdl, 2)
      const glucose = rounded(91.3 + 11.5 * (0.4 * health + 0.3 * age + 0.2 * fat + 0.75 * n()), 0)
      const known =
        0.35 * health + (0.3 * (bmi - 26.4)) / 4.4 + (0.3 * (Math.log(triglycerides) - 4.64)) / 0.52
      const target = 152 + 77 * (known + 0.6 * n()) + 12 * (n() ** 2 - 1)
      return [
        Math.round(Math.min(79, Math.max(19, 48.5 + 13.1 * age))),
        sex,
        bmi,
        pressure,
        total,
        rounded(ldl, 1),
        hdl,
        ratio,
        rounded(Math.log(triglycerides), 4),
        glucose,
        Math.round(Math.min(346, Math.max(25, target))),
      ]
    }),
  )
}

/** 178 × 13 in three classes of 59, 71 and 48. */
export function wineLike(seed: number): ClinicalTable {
  const random = seededStream(seed, 'like wine')
  const n = () => random.normal()
  const counts = [59, 71, 48]
  // Body, phenols, colour, acid: where a class lies.
  const centres = [
    [1, 0.85, 0.2, -0.4],
    [-1, 0.05, -0.85, -0.35],
    [0.25, -1.25, 1.1, 0.95],
  ]
  return tableOf(
    counts.flatMap((count, c) =>
      Array.from({ length: count }, () => {
        const [body, phenols, colour, acid] = centres[c]!.map((m) => m + 0.45 * n()) as [
          number,
          number,
          number,
          number,
        ]
        const ash = n()
        return [
          rounded(13 + 0.75 * (0.8 * body + 0.3 * colour) + 0.35 * n(), 2),
          rounded(Math.max(0.74, 2.34 + 0.85 * acid + 0.65 * n() + 0.2 * n() ** 2), 2),
          rounded(2.37 + 0.25 * (0.9 * ash + 0.25 * body) + 0.06 * n(), 2),
          rounded(19.5 + 2.2 * ash - 1.5 * body + 1.6 * n(), 1),
          rounded(100 + 8 * body + 11 * n() + 2 * n() ** 2, 0),
          rounded(2.3 + 0.55 * phenols + 0.2 * n(), 2),
          rounded(Math.max(0.34, 2.03 + 0.9 * phenols + 0.2 * n()), 2),
          rounded(Math.max(0.13, 0.36 - 0.08 * phenols + 0.04 * ash + 0.08 * n()), 2),
          rounded(Math.max(0.41, 1.59 + 0.4 * phenols + 0.35 * n()), 2),
          rounded(Math.max(1.28, 5 + 1.9 * colour + 0.9 * body + 0.6 * n() + 0.3 * n() ** 2), 2),
          rounded(0.96 - 0.15 * acid - 0.07 * colour + 0.1 * phenols + 0.08 * n(), 2),
          rounded(2.6 + 0.5 * phenols - 0.25 * colour + 0.25 * n(), 2),
          rounded(Math.max(278, 745 + 270 * body + 60 * phenols + 130 * n()), 0),
          c,
        ]
      }),
    ),
  )
}

/** 569 × 30 in two classes of 357 and 212: ten measures of a cell, their errors, and their worst. */
export function breastCancerLike(seed: number): ClinicalTable {
  const random = seededStream(seed, 'like breast cancer')
  return tableOf(Array.from({ length: 569 }, (_, r) => cell(random, r < 357 ? 1 : 0)))
}

function cell(random: Draw, benign: number): number[] {
  const n = () => random.normal()
  const ill = 1 - benign
  const size = Math.exp(2.49 + 0.33 * ill + 0.15 * n())
  const rough = 0.9 * ill + 0.75 * n()
  const texture = 18 + 3.6 * ill + 3.9 * n() + 0.5 * n() ** 2
  const small = n()
  const measures = (radius: number, shape: number, grain: number, fine: number) => {
    const compactness = Math.exp(-2.4 + 0.42 * shape + 0.12 * fine + 0.08 * n())
    const concavity = Math.exp(-2.9 + 0.75 * shape + 0.25 * n())
    const points = 0.032 * (radius / 12) ** 1.6 * Math.exp(0.5 * shape + 0.12 * n())
    return [
      rounded(radius, 2),
      rounded(grain, 2),
      rounded(radius * 2 * Math.PI * (1.005 + 0.25 * compactness + 0.004 * n()), 1),
      rounded(radius ** 2 * Math.PI * (0.995 - 0.12 * compactness + 0.006 * n()), 1),
      rounded(0.094 + 0.008 * shape + 0.008 * fine + 0.005 * n(), 4),
      rounded(compactness, 4),
      rounded(concavity, 4),
      rounded(points, 4),
      rounded(0.176 + 0.013 * shape + 0.01 * fine + 0.017 * n(), 4),
      rounded(0.0625 - 0.0045 * Math.log(radius / 12) * 4 + 0.0035 * shape + 0.003 * fine + 0.0015 * n(), 5),
    ]
  }
  const own = measures(size, rough, texture, small)
  const spread = Math.exp(0.35 * n() + 0.55 * ill)
  const errors = own.map((value, j) => {
    const share = [0.022, 0.065, 0.023, 0.042, 0.075, 0.22, 0.3, 0.24, 0.11, 0.058][j]!
    return rounded(value * share * spread ** (j < 4 ? 1 : 0.3) * Math.exp(0.25 * n()), j < 4 ? 4 : 6)
  })
  const worst = measures(
    size * (1.11 + 0.07 * ill + 0.05 * Math.abs(n())),
    rough + 0.45 + 0.3 * n(),
    texture * 1.33 + 1.6 * n(),
    small + 0.5 * n(),
  )
  return [...own, ...errors, ...worst, benign]
}
