// How the units spread over the released codes, and how exposed those of each are.
// Source: PROOF.md, "What it does not say": a limit on the average leaves single codes open.
// Plain shares of the table, without limits: of codes with few units they say little.

/** Fewer units than this in a code: its posterior is not to be believed, and merging should have taken it. */
const THIN = 50

/** What is released, code by code. */
export interface CodeUse {
  /** In the order of the codes. */
  readonly each: readonly CodeShare[]
  /** The largest posterior of a code that is not thin; 0 where all are. */
  readonly largestPosterior: number
  /** The share of units in codes whose posterior is above `above`. */
  readonly exposed: { readonly above: number; readonly share: number }
  /** The codes with fewer than 50 units, among them those with none. */
  readonly thin: readonly number[]
}

/** One released code. */
export interface CodeShare {
  /** How many units have it; a fraction where weights are shared or the release is random. */
  readonly units: number
  /** The share of its units that have the attribute which is likeliest there; 0 where there is no unit. */
  readonly posterior: number
  /** That attribute. */
  readonly attribute: string
}

/** @param cells by released code and attribute @param above a posterior in 0 … 1 */
export function codeUse(
  cells: readonly (readonly number[])[],
  attributes: readonly string[],
  units: number,
  above: number,
): CodeUse {
  const each = cells.map((row): CodeShare => {
    const all = row.reduce((a, b) => a + b, 0)
    const most = Math.max(...row)
    return {
      units: all,
      posterior: all === 0 ? 0 : Math.min(1, most / all),
      attribute: attributes[row.indexOf(most)]!,
    }
  })
  const exposed = each.filter(({ posterior }) => posterior > above)
  return {
    each,
    largestPosterior: each.reduce((most, c) => (c.units < THIN ? most : Math.max(most, c.posterior)), 0),
    exposed: { above, share: Math.min(1, exposed.reduce((sum, c) => sum + c.units, 0) / units) },
    thin: each.flatMap(({ units: of }, code) => (of < THIN ? [code] : [])),
  }
}
