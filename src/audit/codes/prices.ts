// Other numbers of codes than the certified one: what a service would still answer, and what an attacker could tell at most.
// Source: codePrices.ts (training and validation rows), limits.ts (theorems A and B). One row is certified; the others are estimates:
// the limit that a certificate on as many units would state if these came out as the training rows did.

import type { Certificate } from '../../protect/certified/certificate.ts'
import { type CodePrices, priceOfTable } from '../../protect/certified/codePrices.ts'
import { binomialUpper, klUpper } from '../../protect/certified/limits.ts'
import { unitsACode } from '../../protect/certified/verdict.ts'
import type { CodeLeakReport } from './reportSchema.ts'

type Prices = NonNullable<CodeLeakReport['prices']>

/**
 * One row for each number of codes, rising.
 * @returns null where no prices are known, and where outputs are drawn: prices are of codes that are released as they are
 */
export function pricesOf(
  { attributes, prices }: CodePrices,
  certificates: readonly Certificate[],
): Prices | null {
  const [first] = certificates as [Certificate]
  if (first.statement.channel) return null
  const { units, deltaEach, theorem } = first.result
  const upperOf = (success: number) =>
    theorem === 'A'
      ? binomialUpper(Math.min(units, Math.ceil(success * units)), units, deltaEach)
      : klUpper(success, units, deltaEach)
  const own = certificates.length === 1 && attributes.length === 1 ? certifiedRow(first) : null
  const rows = prices
    .filter(({ codes }) => codes !== own?.codes && codes * unitsACode <= units)
    .map(({ codes, accuracy, information, success }) => ({
      ...{ codes, accuracy, information, estimate: success },
      upper: upperOf(success),
      certified: false,
    }))
  return {
    attributes: [...attributes],
    units,
    rows: [...rows, ...(own ? [own] : [])].sort((a, b) => a.codes - b.codes),
  }
}

/** What is certified, by its own tables; null where no labels were counted. */
function certifiedRow({ statement, result }: Certificate): Prices['rows'][number] | null {
  if (!statement.given) return null
  const { codes, accuracy, information } = priceOfTable(statement.table, statement.given)
  return {
    ...{ codes, accuracy, information },
    estimate: result.estimate,
    upper: result.upper,
    certified: true,
  }
}
