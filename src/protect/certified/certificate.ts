// A certificate as a file: the tables, what was stated of them, and all numbers, so that anybody can compute it again.
// Source: PROOF.md. It is checked from the tables alone, without a pane and without the program that trained it.
// It proves arithmetic. That the tables were counted honestly, on units that nothing was learned from, its issuer answers for.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { readJson, requireShape } from '../../json.ts'
import { percent, percentAtMost } from '../../statistics/figures.ts'
import { type BundleLimit, certifyBundles } from './bundles.ts'
import { type Certification, certify } from './certify.ts'
import { cellsOf } from './table.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const share = z.number().min(0).max(1)
const whole = z.int().min(0)
/** What is printed where people read it: nothing that moves a cursor. */
const shownName = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, 'no control characters are expected')
const names = z.array(shownName).min(1)
const tableSchema = z.union([
  z.strictObject({ codes: z.int().min(1), attributes: names, counts: z.array(z.array(whole)) }),
  z.strictObject({ codes: z.int().min(1), attributes: names, weights: z.array(z.array(z.number().min(0))) }),
])

/** What a certificate is computed from, and what it is about. */
const statementSchema = z.strictObject({
  /** The name of what is hidden, for people. */
  attribute: shownName,
  unit: shownName,
  delta: z.number(),
  candidates: z.int().min(1),
  attributesCertified: z.int().min(1),
  sampling: z.enum(['iid', 'stratified']),
  table: tableSchema,
  given: z.strictObject({ labels: names, tables: z.array(tableSchema) }).optional(),
  rule: z.array(whole).optional(),
  channel: z.array(z.array(z.number().min(0))).optional(),
  policy: z.strictObject({ limit: share, accuracy: share.optional() }).optional(),
  /** Releases of one group together: of a person, as `of` says. */
  bundles: z
    .strictObject({
      of: shownName,
      reading: z.enum(['windows', 'sessions']),
      most: z.int().min(1),
      groups: z.strictObject({
        codes: z.int().min(1),
        attributes: names,
        groups: z.array(z.strictObject({ attribute: whole, counts: z.array(whole) })),
      }),
    })
    .optional(),
  /** SHA-256 of what was fixed before, and of the lists of units. */
  sources: z.strictObject({
    calibration: hex,
    pane: hex.optional(),
    codebook: hex.optional(),
    channel: hex.optional(),
    /** The lists that the pane, the codebook and the channel were made from, by name. */
    madeFrom: z.record(z.string(), hex),
  }),
})

/** What a certificate is issued of. */
export type CertificateStatement = z.infer<typeof statementSchema>

const certificateSchema = statementSchema.extend({
  format: z.literal('frostglass-certificate'),
  version: z.literal(1),
  result: z.unknown(),
  bundleLimits: z.array(z.unknown()).optional(),
  /** SHA-256 of all the rest: damage and careless edits. Whoever computes it anew is held by the numbers alone. */
  sha256: hex,
})

/** A certificate, computed. */
export interface Certificate {
  readonly statement: CertificateStatement
  readonly result: Certification
  readonly bundleLimits: readonly BundleLimit[] | undefined
}

/**
 * Computes a certificate and gives it, or says why there is none.
 *
 * @throws FrostglassError 'policy' where the verdict is not that the policy holds, or that none was asked; 'input' for a
 * calibration list that something was made from, and whatever `certify` refuses
 */
export function issueCertificate(statement: CertificateStatement): Certificate {
  return requireKept(computed(requireShape(statement, statementSchema, 'the certificate', SOURCE)))
}

/** A policy is about every release that is certified: one, and several together. */
function requireKept(certificate: Certificate): Certificate {
  const { statement, result, bundleLimits = [] } = certificate
  const { kind, words } = result.verdict
  if (kind !== 'holds' && kind !== 'stated') throw new FrostglassError('policy', words, ADVICE[kind])
  const { policy, bundles } = statement
  const beyond = policy && bundleLimits.find(({ upper }) => upper > policy.limit)
  if (!beyond) return certificate
  throw new FrostglassError(
    'policy',
    `exceeded: ${beyond.k} release${beyond.k === 1 ? '' : 's'} of one ${bundles!.of} tell up to ${percentAtMost(beyond.upper)}, ${percent(policy.limit)} allowed`,
    'Certify fewer releases together, or one voted code a session.',
  )
}

const SOURCE = { hint: 'Issue it with `frostglass certify issue`.' }

const ADVICE = {
  exceeded:
    'Release fewer codes, merge them with a larger β, or release at random (a channel). The next try on these units is another candidate: say --candidates 2.',
  infeasible: 'Ask for less accuracy, or allow more: no pane can do both.',
  'not certifiable': 'Calibrate on more units: of an attribute of people, people are the units.',
  'too few units': 'Merge to fewer codes, or calibrate on more units.',
} as const

/** The file of a certificate. */
export function certificateText({ statement, result, bundleLimits }: Certificate): string {
  const body = { format: 'frostglass-certificate', version: 1, ...statement, result, bundleLimits }
  return `${JSON.stringify({ ...body, sha256: sealOf(body) }, null, 1)}\n`
}

/**
 * Reads a certificate and computes it again from its tables.
 *
 * @param from names the file in messages
 * @throws FrostglassError 'input' for a text that is no certificate, or of which any number is not what its tables give; 'policy'
 * for one that could not have been issued
 */
export function checkCertificate(text: string, from: string): Certificate {
  const file = readJson(text, certificateSchema, from, SOURCE)
  const { sha256, format, version, result, bundleLimits, ...statement } = file
  const wrong = (what: string): FrostglassError =>
    new FrostglassError(
      'input',
      `${from}: ${what}`,
      'Do not rely on it: have it issued again from the calibration codes.',
    )
  const { sha256: _, ...body } = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>
  if (sealOf(body) !== sha256) throw wrong('it was changed after it was issued')
  const certificate = computed(statement)
  const field =
    differs(result, certificate.result, 'result') ??
    differs(bundleLimits, certificate.bundleLimits, 'bundleLimits')
  if (field !== undefined) throw wrong(`'${field}' is not what its tables give`)
  return requireKept(certificate)
}

/**
 * @param files SHA-256 of the files that are in use
 * @throws FrostglassError 'input' where one of them is not what the certificate is about
 */
export function requireSources(
  { statement: { sources } }: Certificate,
  files: Readonly<Partial<Record<'pane' | 'codebook' | 'channel', string>>>,
): void {
  for (const [name, sha256] of Object.entries(files)) {
    if (sha256 === sources[name as keyof typeof files]) continue
    throw new FrostglassError(
      'input',
      `the ${name} is not the one that was certified`,
      `Use the ${name} of SHA-256 ${sources[name as keyof typeof files] ?? '(none is named)'}, or certify this one.`,
    )
  }
}

function computed(statement: CertificateStatement): Certificate {
  const { table, bundles, sources, ...options } = statement
  requireSeparate(sources)
  const result = certify(table, options)
  if (bundles) requireGroupsOf(table, bundles)
  const bundleLimits = bundles && certifyBundles(bundles.groups, { ...options, ...bundles })
  if (bundleLimits && bundleLimits.length < bundles.most)
    throw new FrostglassError(
      'input',
      `${bundles.most} releases of one ${bundles.of} cannot be certified: none has more than ${bundleLimits.length} rows`,
      'Certify as many as there are, or calibrate on more rows of each.',
    )
  return { statement, result, bundleLimits }
}

/** Groups are of the units that the table counts: by rows, or, where a unit's rows share its weight, by their shares. */
function requireGroupsOf(
  table: CertificateStatement['table'],
  { groups: { codes, attributes, groups }, reading }: NonNullable<CertificateStatement['bundles']>,
): void {
  const same = codes === table.codes && attributes.join('\0') === table.attributes.join('\0')
  const shared = 'weights' in table
  const sums = table.attributes.map(() => new Array<number>(table.codes).fill(0))
  for (const { attribute, counts } of groups) {
    const rows = shared ? counts.reduce((a, b) => a + b, 0) : 1
    counts.forEach((count, code) => {
      if (sums[attribute] && count > 0) sums[attribute][code]! += count / rows
    })
  }
  if (shared && reading === 'windows')
    throw new FrostglassError(
      'input',
      'rows that share the weight of a unit may depend on each other, and bundles of a person count them as independent',
      'Leave out the persons, with sessions as units, or the shared weights.',
    )
  const near = cellsOf(table).every((row, code) =>
    row.every((cell, s) => Math.abs(cell - sums[s]![code]!) < 1e-6),
  )
  if (same && near) return
  throw new FrostglassError(
    'input',
    'the groups of several releases are not of the units that the table counts',
    'Count both from the same records.',
  )
}

function requireSeparate({ calibration, madeFrom }: CertificateStatement['sources']): void {
  for (const [name, list] of Object.entries(madeFrom))
    if (list === calibration)
      throw new FrostglassError(
        'input',
        `the calibration list is the list '${name}' that the codes were made from`,
        'Calibrate on units that nothing was learned, merged or chosen from.',
      )
}

function sealOf(body: object): string {
  return createHash('sha256').update(canonical(body)).digest('hex')
}

/** JSON with sorted names and without what is undefined: the same of a value however it was written. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`)
    .join(',')}}`
}

/** The first field that is another; logarithms may differ in their last bits between machines. */
function differs(stated: unknown, found: unknown, path: string): string | undefined {
  if (typeof stated === 'number' && typeof found === 'number')
    return Math.abs(stated - found) <= 1e-9 * Math.max(1, Math.abs(found)) ? undefined : path
  if (typeof stated !== 'object' || typeof found !== 'object' || stated === null || found === null)
    return stated === found ? undefined : path
  if (Array.isArray(stated) !== Array.isArray(found)) return path
  const [a, b] = [stated, found].map(
    (part) => new Map(Object.entries(part).filter(([, of]) => of !== undefined)),
  )
  for (const name of new Set([...a!.keys(), ...b!.keys()])) {
    const field = differs(a!.get(name), b!.get(name), `${path}.${name}`)
    if (field !== undefined) return field
  }
  return undefined
}
