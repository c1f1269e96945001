// Random tables as files: every type that DuckDB writes to Parquet, what JSON has, and CSV in each writing that we call canonical.
// For tests alone. What a file holds is told as SQL values or texts, so that the original can be compared cell by cell.

import fc from 'fast-check'

/** A column: its name, its type in a file that has types, and a cell a row: an SQL literal there, a bare text in CSV. */
export interface RandomColumn {
  readonly name: string
  readonly type: string
  readonly cells: readonly string[]
}

export interface RandomTable {
  readonly kind: 'csv' | 'parquet' | 'json'
  readonly columns: readonly RandomColumn[]
  /** Which columns are labels, in the order in which they are named: none to three. */
  readonly labels: readonly number[]
}

const hostile = [
  '',
  ' ',
  'NA',
  'null',
  'NULL',
  'NaN',
  '?',
  '"',
  '""',
  "'",
  ',',
  ';',
  '\n',
  '\r\n',
  '\t',
  ' a',
  'a ',
  'a,b',
  'x"y',
  '00017',
  '1E5',
  '1_100',
  '1,5',
  '$5',
  '5%',
  'é',
  'e\u0301',
  '😀',
  '\u200b',
  '\ufeff',
  'İ',
  'ß',
  '#',
  '--',
  'true',
  '{',
  '[1]',
  '2020-01-01',
  'inf',
  '0x1F',
  '١',
]
const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('red', 'green', 'blue', 'Yes', 'yes', 'no') },
  { weight: 2, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'grapheme' }) },
)
/** Mostly texts that are fit for a table, so that not every column is refused for one cell. */
const words = (rows: number) =>
  fc
    .oneof(
      {
        weight: 2,
        arbitrary: fc.array(fc.constantFrom('red', 'green', 'blue', 'a b', 'x"y', 'é', '😀', "it's"), {
          minLength: 1,
          maxLength: 4,
        }),
      },
      { weight: 1, arbitrary: fc.array(word, { minLength: 1, maxLength: 4 }) },
    )
    .chain((some) => fc.array(fc.constantFrom(...some), { minLength: rows, maxLength: rows }))

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
const many = <T>(rows: number, one: fc.Arbitrary<T>) => fc.array(one, { minLength: rows, maxLength: rows })

const doubles = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 100) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e-16, 1e-300, 1e300, 5e-324, 0.1, 1 / 3, 1e15, 2 ** 53) },
  { weight: 1, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
)
const bigs = (low: bigint, high: bigint) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: low < 0n ? -100 : 0, max: 100 }).map(BigInt) },
    { weight: 1, arbitrary: fc.bigInt(low, high) },
    { weight: 1, arbitrary: fc.constantFrom(low, high, high - 1n) },
  )
/** One of two for all rows: plain values, or now and then extremes. */
const either = <T>(rows: number, plain: fc.Arbitrary<T>, extreme: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 3, arbitrary: many(rows, plain) },
    {
      weight: 1,
      arbitrary: many(rows, fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: extreme })),
    },
  )

const whole = (bits: bigint, signed: boolean) => (rows: number) => {
  const low = signed ? -(2n ** (bits - 1n)) : 0n
  const high = signed ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n
  return either(rows, fc.integer({ min: signed ? -100 : 0, max: 100 }).map(BigInt), bigs(low, high)).map(
    (all) => all.map(String),
  )
}
const decimals = (precision: number, scale: number) => (rows: number) =>
  either(
    rows,
    fc.integer({ min: -9999, max: 9999 }).map(BigInt),
    fc.bigInt(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n),
  ).map((all) => all.map((n) => shifted(n, scale)))

/** A whole number of units of 10^-scale, as text. */
function shifted(n: bigint, scale: number): string {
  if (scale === 0) return String(n)
  const digits = String(n < 0n ? -n : n).padStart(scale + 1, '0')
  return `${n < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const two = (n: number) => String(n).padStart(2, '0')
const date = fc
  .date({ min: new Date('1600-01-01T00:00:00Z'), max: new Date('2400-01-01T00:00:00Z'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10))
const moment = (fraction: number) =>
  fc
    .tuple(date, fc.integer({ min: 0, max: 86_399 }), fc.integer({ min: 0, max: 10 ** fraction - 1 }))
    .map(
      ([day, s, f]) =>
        `${day} ${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}${fraction === 0 ? '' : `.${String(f).padStart(fraction, '0')}`}`,
    )
const near = (fraction: number) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 0, max: 86_399 }),
      fc.integer({ min: 0, max: 10 ** fraction - 1 }),
    )
    .map(
      ([day, s, f]) =>
        `2024-02-${two(day)} ${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}${fraction === 0 ? '' : `.${String(f).padStart(fraction, '0')}`}`,
    )
/** A moment with another stamp: T for the space, a Z behind. */
const stamped = (stamp: string) => (text: string) => text.replace(' ', stamp[0]!) + stamp.slice(1)
const quoted = (of: fc.Arbitrary<string[]>) => of.map((all) => all.map(literal))

/** Cells of each type as SQL literals that are cast to it. */
const typed: Readonly<Record<string, (rows: number) => fc.Arbitrary<string[]>>> = {
  BOOLEAN: (rows) => many(rows, fc.constantFrom('true', 'false')),
  TINYINT: whole(8n, true),
  SMALLINT: whole(16n, true),
  INTEGER: whole(32n, true),
  BIGINT: whole(64n, true),
  UTINYINT: whole(8n, false),
  USMALLINT: whole(16n, false),
  UINTEGER: whole(32n, false),
  UBIGINT: whole(64n, false),
  FLOAT: (rows) =>
    either(
      rows,
      fc.integer({ min: -9999, max: 9999 }).map((n) => String(n / 100)),
      fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => `'${x}'`),
    ),
  DOUBLE: (rows) =>
    either(
      rows,
      doubles.map((x) => `'${Object.is(x, -0) ? 0 : x}'`),
      fc.double({ noNaN: true }).map((x) => `'${x}'`),
    ),
  'DECIMAL(4,1)': decimals(4, 1),
  'DECIMAL(9,2)': decimals(9, 2),
  'DECIMAL(18,3)': decimals(18, 3),
  'DECIMAL(38,10)': decimals(38, 10),
  'DECIMAL(38,0)': decimals(38, 0),
  VARCHAR: (rows) => quoted(words(rows)),
  DATE: (rows) => quoted(either(rows, date, fc.constantFrom('0001-01-01', '9999-12-31', 'infinity'))),
  TIME: (rows) => quoted(many(rows, fc.constantFrom('00:00:00', '23:59:59.999999', '12:30:00', '24:00:00'))),
  TIMESTAMP: (rows) =>
    quoted(fc.oneof(either(rows, near(0), moment(6)), many(rows, near(6)), many(rows, moment(0)))),
  TIMESTAMP_S: (rows) => quoted(many(rows, moment(0))),
  TIMESTAMP_MS: (rows) => quoted(many(rows, moment(3))),
  TIMESTAMP_NS: (rows) => quoted(fc.oneof(many(rows, near(6)), many(rows, near(9)))),
  'TIMESTAMP WITH TIME ZONE': (rows) =>
    quoted(
      many(
        rows,
        near(3).map((text) => `${text}+02`),
      ),
    ),
  'TIME WITH TIME ZONE': (rows) => quoted(many(rows, fc.constantFrom('12:00:00+00', '23:00:00+00'))),
  INTERVAL: (rows) => quoted(many(rows, fc.constantFrom('1 day', '2 months', '3 hours'))),
  UUID: (rows) =>
    quoted(
      many(
        rows,
        fc.constantFrom('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000'),
      ),
    ),
  BLOB: (rows) => many(rows, fc.constant(`'\\xAA'::BLOB`)),
  'INTEGER[]': (rows) => many(rows, fc.constant('[1, 2]')),
}
const inJson = [
  'BOOLEAN',
  'BIGINT',
  'UBIGINT',
  'INTEGER',
  'DOUBLE',
  'VARCHAR',
  'DATE',
  'TIMESTAMP',
  'DECIMAL(9,2)',
]

/** Texts of a CSV's column, all in one writing, as a program writes them. */
const written: Readonly<Record<string, (rows: number) => fc.Arbitrary<string[]>>> = {
  whole: whole(32n, true),
  'whole to 2^64': whole(64n, true),
  fixed: (rows) =>
    fc.integer({ min: 1, max: 6 }).chain((d) =>
      many(
        rows,
        fc.integer({ min: -1e6, max: 1e6 }).map((n) => shifted(BigInt(n), d)),
      ),
    ),
  // R's and JavaScript's 5, Python's 5.0
  plain: (rows) =>
    many(
      rows,
      fc.integer({ min: -1e6, max: 1e6 }).map((n) => String(n / 1000)),
    ),
  pointed: (rows) =>
    many(
      rows,
      fc.integer({ min: -1e6, max: 1e6 }).map((n) => (n % 1000 === 0 ? `${n / 1000}.0` : String(n / 1000))),
    ),
  doubles: (rows) =>
    many(
      rows,
      fc
        .double({ min: -1000, max: 1000, noNaN: true })
        .map((x) => (Number.isInteger(x) ? `${x + 0}.0` : Math.abs(x) < 1e-4 ? '0.5' : String(x))),
    ),
  codes: (rows) =>
    many(
      rows,
      fc.integer({ min: 0, max: 30 }).map((n) => String(n).padStart(5, '0')),
    ),
  'scientific codes': (rows) => many(rows, fc.constantFrom('1E5', '100', '1E6')),
  'grouped codes': (rows) => many(rows, fc.constantFrom('1_100', '1_200', '7')),
  'decimal commas': (rows) =>
    many(
      rows,
      fc.integer({ min: 0, max: 40 }).map((n) => `${n},5`),
    ),
  money: (rows) =>
    many(
      rows,
      fc.integer({ min: 0, max: 40 }).map((n) => `$${n}.50`),
    ),
  percent: (rows) =>
    many(
      rows,
      fc.integer({ min: 0, max: 40 }).map((n) => `${n}%`),
    ),
  text: words,
  truth: (rows) => many(rows, fc.constantFrom('true', 'false')),
  date: (rows) => many(rows, date),
  'date of another order': (rows) =>
    many(
      rows,
      fc.integer({ min: 1, max: 28 }).map((n) => `${two(n)}.02.2024`),
    ),
  moment: (rows) => many(rows, near(0)),
  'moment with T and Z': (rows) =>
    many(
      rows,
      near(3).map((text) => `${text.replace(' ', 'T')}Z`),
    ),
  missing: (rows) => many(rows, fc.constantFrom('1', '2', '', 'NA')),
  // Some of whose cells may be another moment than the others, or written as another.
  'moments of some writings': (rows) =>
    fc
      .tuple(
        fc.subarray([' ', 'T', ' Z', 'TZ'], { minLength: 1 }),
        fc.subarray([0, 1, 3, 6], { minLength: 1 }),
      )
      .chain(([stamps, fractions]) =>
        many(
          rows,
          fc
            .tuple(fc.constantFrom(...stamps), fc.constantFrom(...fractions).chain(near))
            .map(([stamp, text]) => stamped(stamp)(text)),
        ),
      ),
  'odd moments': (rows) =>
    fc
      .constantFrom(
        '2024-02-01 24:00:00',
        '0000-01-01 00:00:00',
        '2024-02-30 00:00:00',
        '2024-02-01 23:59:60',
      )
      .chain((odd) => many(rows, fc.oneof({ weight: 6, arbitrary: near(0) }, fc.constant(odd)))),
  'texts with spaces': (rows) => many(rows, fc.constantFrom('x', ' x', 'x ', '  x', ' y')),
  'fixed with missing cells': (rows) =>
    fc
      .integer({ min: 1, max: 4 })
      .chain((d) =>
        many(
          rows,
          fc.oneof(
            { weight: 5, arbitrary: fc.integer({ min: -1e4, max: 1e4 }).map((n) => shifted(BigInt(n), d)) },
            fc.constantFrom('', 'NA', '  NA ', ' '),
          ),
        ),
      ),
}

const names = fc.uniqueArray(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('age', 'town', 'a0', 'label', 'c0', 'rowid', 'v0', 'select') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('a b', 'a"b', "it's", 'é', 'a,b', '😀', 'x\ny', ' lead', 'trail '),
    },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }) },
  ),
  { minLength: 1, maxLength: 6, selector: (name) => name.toLowerCase() },
)

/** A table of one kind, with columns of random types; a tenth of the columns of typed files have a NULL. */
export const randomTable: fc.Arbitrary<RandomTable> = fc
  .record({
    kind: fc.constantFrom('csv', 'parquet', 'json' as const),
    names,
    rows: fc.integer({ min: 1, max: 24 }),
  })
  .chain(({ kind, names, rows }) => {
    const types = kind === 'csv' ? Object.keys(written) : kind === 'json' ? inJson : Object.keys(typed)
    const column = (name: string) =>
      fc.constantFrom(...types).chain((type) =>
        fc.tuple((kind === 'csv' ? written : typed)[type]!(rows), fc.integer({ min: 0, max: 19 * rows })).map(
          ([cells, hole]): RandomColumn => ({
            name,
            type,
            cells: kind === 'csv' ? cells : cells.map((cell, r) => (r === hole ? 'NULL' : cell)),
          }),
        ),
      )
    return fc.record({
      kind: fc.constant(kind),
      columns: fc.tuple(...names.map(column)),
      labels: fc.uniqueArray(fc.nat(names.length - 1), { maxLength: Math.min(3, names.length) }),
    })
  })

/** Where a table lies and how its line of names is written, and a later table of the same columns. */
export interface Setting {
  /** The folders on the way to it, off which other programs read columns. */
  readonly folder: string
  /** A CSV has a space behind the separators of its names, and not of its cells. */
  readonly spacedNames: boolean
  /** Missing cells of a CSV are filled. */
  readonly filled: boolean
  /** Cells of its columns of times in a later table, by their places; all others are the same. */
  readonly later: ReadonlyMap<number, readonly string[]>
}

/** Settings of a table. */
export function settingOf({ kind, columns }: RandomTable): fc.Arbitrary<Setting> {
  const rows = columns[0]!.cells.length
  const times = ['date', 'moment', 'moment with T and Z', 'moments of some writings', 'odd moments']
  const places = columns.flatMap(({ type }, j) => (kind === 'csv' && times.includes(type) ? [j] : []))
  // The key's own writing with any decimals, which is to come back, or any other.
  const finer = fc.constantFrom(0, 1, 3, 6).chain((fraction) => many(rows, near(fraction)))
  const own: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
    moment: finer,
    'moment with T and Z': finer.map((all) => all.map(stamped('TZ'))),
  }
  const other = fc.constantFrom(...times).chain((type) => written[type]!(rows))
  const cellsOf = ({ type }: RandomColumn) =>
    fc.oneof({ weight: 3, arbitrary: own[type] ?? written[type]!(rows) }, { weight: 1, arbitrary: other })
  return fc.record({
    folder: fc.constantFrom('.', '.', 'year=2024', 'c0=5', 'a0=7/age=3', 'label=x'),
    spacedNames: fc.boolean(),
    filled: fc.boolean(),
    later: fc
      .tuple(...places.map((j) => cellsOf(columns[j]!)))
      .map((cells) => new Map(places.map((j, i) => [j, cells[i]!]))),
  })
}

/** A CSV as DuckDB and most programs write it: quotes only where they are needed. */
export function csvOf({ columns }: RandomTable, spacedNames = false): string {
  const name = (text: string, j: number) =>
    // In quotes it would be no space of the separator's, and where all cells have one it is.
    spacedNames && j > 0 && cell(text) === text && !isSpaced ? ` ${text}` : cell(text)
  const isSpaced = columns.slice(1).every(({ cells }) => cells.every((text) => text.startsWith(' ')))
  const cell = (text: string) =>
    /[",\n\r]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text
  const lines = columns[0]!.cells.map((_, r) => columns.map(({ cells }) => cell(cells[r]!)).join(','))
  return `${[columns.map((column, j) => name(column.name, j)).join(','), ...lines].join('\n')}\n`
}

/** SQL of a SELECT that gives the table. */
export function selectOf({ columns }: RandomTable): string {
  const rows = columns[0]!.cells.map(
    (_, r) => `(${r}, ${columns.map(({ cells, type }) => `(${cells[r]})::${type}`).join(', ')})`,
  )
  const alias = columns.map((_, j) => `x${j}`)
  const named = columns.map(({ name }, j) => `x${j} AS "${name.replaceAll('"', '""')}"`)
  return `SELECT ${named.join(', ')} FROM (VALUES ${rows.join(', ')}) AS t(r, ${alias.join(', ')}) ORDER BY r`
}
