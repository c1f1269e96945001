// How groups of values are written: closed ranges and sets, in one way for hierarchies and for the cells of a partition.
// Source: ARX's aggregate functions "interval" and "set".
// Two groups never share a label: what could end a value early is quoted.

const plain = (value: string) => (/[,{}[\]"]/.test(value) ? JSON.stringify(value) : value)

/** The values from the first to the last, both in: `[20, 29]`; one value alone is itself. */
export const rangeLabel = (first: string, last: string): string =>
  first === last ? first : `[${plain(first)}, ${plain(last)}]`

/** A set of values: `{Asia, Europe}`; one value alone is itself. A missing cell is said in words. */
export const setLabel = (values: readonly string[]): string =>
  values.length === 1
    ? values[0]!
    : `{${values.map((value) => (value === '' ? 'missing' : plain(value))).join(', ')}}`
