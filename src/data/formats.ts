// Kinds of tables by name: which are read, which are written.
// Source: what DuckDB reads, and src/data/writer.ts writes.
// It imports nothing: the command line's help names them, and is not to load what reads tables.

/** The kinds of tables that are read. */
export const tableFormats = ['csv', 'tsv', 'json', 'jsonl', 'parquet'] as const

/** What the name of a table that is written may end in. */
export const writtenEndings = '.csv, .tsv (both also .gz) or .parquet'
