// The file `prices.json` of a bundle: what other numbers of codes would be worth, and cost, by training and validation rows.
// Source: chooseCodes.ts. Estimates: no certificate is of them, and none names this file.

import { z } from 'zod'
import { type CodePrice, priceOf } from './chooseCodes.ts'
import { cellsOf, type LabelledTables, type Table } from './table.ts'

const share = z.number().min(0).max(1)

/** The file `prices.json`. */
export const codePricesSchema = z.strictObject({
  format: z.literal('frostglass-code-prices'),
  version: z.literal(1),
  /** What an attacker names: one attribute, or several together. */
  attributes: z.array(z.string()).min(1),
  /** By rising numbers of codes. */
  prices: z
    .array(z.strictObject({ codes: z.int().min(1), information: share, accuracy: share, success: share }))
    .min(1),
})

/** What a bundle says of other numbers of codes. */
export type CodePrices = z.infer<typeof codePricesSchema>

/** The file, as it is written. */
export function writeCodePrices(attributes: readonly string[], prices: readonly CodePrice[]): Uint8Array {
  const file = codePricesSchema.parse({
    format: 'frostglass-code-prices',
    version: 1,
    attributes: [...attributes],
    prices: prices.map(withinShares),
  } satisfies CodePrices)
  return new TextEncoder().encode(`${JSON.stringify(file, null, 2)}\n`)
}

/** The price of a table's codes, by its labels: of calibration units what was measured, and no estimate. */
export function priceOfTable(table: Table, given: LabelledTables): CodePrice {
  const parts = given.tables.map(cellsOf)
  const byAttribute = cellsOf(table)
  const byLabel = byAttribute.map((_, code) => parts.map((cells) => cells[code]!.reduce((a, b) => a + b, 0)))
  return withinShares(priceOf({ byLabel, byAttribute }))
}

/** Sums of shares may pass 1 by their last bits. */
function withinShares({ codes, information, accuracy, success }: CodePrice): CodePrice {
  const within = (value: number) => Math.min(1, Math.max(0, value))
  return {
    codes,
    information: within(information),
    accuracy: within(accuracy),
    success: within(success),
  }
}
