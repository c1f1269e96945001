// The tables on the page of certified panes.
// Source: results.ts, targets.ts. Everything in percent.

import { markdownTable } from '../textTables.ts'
import type { CertifiedResults, FloorRow, Hidden, ReleaseRow, Spread } from './results.ts'
import { percentSpread, type TargetRow, targetRows } from './targets.ts'

type Drawn = typeof markdownTable

/** What each source asks, and what of it is to stay hidden. */
const asked: Readonly<Record<Hidden['source'], string>> = {
  digits: 'digit',
  parity: 'odd or even',
  colour: 'digit, coloured',
  'adult-sex-bal': 'income',
  'adult-marital3': 'income',
  'wisdm-user': 'activity',
  'hmp-sex': 'activity',
}

const hiddenNames: Readonly<Record<string, string>> = {
  loop: 'closed line',
  marital: 'marital status',
  user: 'person',
}

/** e.g. `slant behind the digit`. */
const benchmark = ({ source, attribute }: Hidden): string =>
  `${hiddenNames[attribute] ?? attribute} (asked: ${asked[source]})`

const p = (spread: Spread): string => percentSpread(spread)

const same = (a: Hidden) => (b: Hidden) => a.source === b.source && a.attribute === b.attribute

export const targetTable = (
  results: CertifiedResults,
  judged: boolean,
  drawn: Drawn = markdownTable,
): string =>
  drawn(
    [
      'row',
      'must',
      'stretch',
      'measured',
      ...(judged ? ['reached'] : []),
      'the true label alone',
      'attack: dense pane',
      'attack: raw',
    ],
    targetRows(results).map((row: TargetRow) => [
      row.name,
      row.must,
      row.stretch,
      row.measured,
      ...(judged ? [row.reached] : []),
      row.floor,
      row.dense,
      row.raw,
    ]),
  )

/** Release of the label alone, by the pane that takes no attribute. */
const labelAlone = ({ releases }: CertifiedResults, of: Hidden): ReleaseRow | undefined =>
  releases.find((row) => same(of)(row) && row.lambda === 0 && row.kind === 'k-means')

/** What is given away raw, through a dense pane, and by the label alone; and what the service is right on. */
export const leakTable = (results: CertifiedResults): string =>
  markdownTable(
    [
      'hidden',
      'blind',
      'the true label alone',
      'raw: linear',
      'raw: MLP',
      'dense pane: linear',
      'dense pane: MLP',
      'code pane: attack',
      'code pane: U',
      'right: raw',
      'right: dense pane',
      'right: code pane',
    ],
    results.floors.map((floor: FloorRow) => {
      const dense = results.dense.find(same(floor))
      const code = labelAlone(results, floor)
      const or = (spread: Spread | undefined) => (spread ? p(spread) : '')
      return [
        benchmark(floor),
        p(floor.blind),
        p(floor.floor),
        or(dense?.rawLinear),
        or(dense?.rawMlp),
        or(dense?.linear),
        or(dense?.mlp),
        or(code?.attack),
        or(code?.upper),
        or(dense?.plain),
        or(dense?.pane),
        or(code?.accuracy),
      ]
    }),
  )

const releaseCells = (row: ReleaseRow): string[] => [
  p(row.accuracy),
  p(row.told),
  p(row.attack),
  p(row.estimate),
  p(row.upper),
  p(row.informedAttack),
  p(row.informedUpper),
  p(row.largestPosterior),
]

const releaseHead = [
  'right',
  'I(Y;C)/H(Y)',
  'attack',
  'V̂',
  'U',
  'attack, label known',
  'U, label known',
  'largest posterior',
]

/** Trainings that hold a leak down beside the one that takes no attribute: the label alone, and more codes. */
export function lambdaTable({ releases }: CertifiedResults): string {
  const swept = releases.filter(({ lambda }) => lambda > 0)
  const rows = releases.filter(
    (row) => swept.some(same(row)) && row.kind === 'k-means' && row.codes <= 8 * fewestCodes(releases, row),
  )
  return markdownTable(
    ['hidden', 'λ', 'codes', ...releaseHead],
    rows.map((row) => [
      benchmark(row),
      row.penalty === 'codes' ? `${row.lambda}, soft codes` : String(row.lambda),
      String(row.codes),
      ...releaseCells(row),
    ]),
  )
}

const fewestCodes = (releases: readonly ReleaseRow[], of: Hidden): number =>
  Math.min(...releases.filter(same(of)).map(({ codes }) => codes))

/** Cells as k-means cuts them, and merged by three weights of the leak, by the pane that takes no attribute. */
export const mergingTable = ({ releases }: CertifiedResults): string =>
  markdownTable(
    ['hidden', 'codes', 'how', ...releaseHead],
    releases
      .filter(({ lambda, kind, attribute }) => lambda === 0 && kind !== 'channel' && attribute !== 'loop')
      .map((row) => [
        benchmark(row),
        String(row.codes),
        row.kind === 'k-means' ? 'k-means' : `merged, β = ${row.beta}`,
        ...releaseCells(row),
      ]),
  )

/** Channels, by what they may give up. */
export const channelTable = ({ releases }: CertifiedResults): string =>
  markdownTable(
    ['hidden', 'λ', 'given up', 'outputs', 'right', 'attack', 'V̂', 'U'],
    releases
      .filter(({ kind }) => kind === 'channel')
      .map((row) => [
        benchmark(row),
        String(row.lambda),
        `${100 * row.loss!}`,
        String(row.codes),
        p(row.accuracy),
        p(row.attack),
        p(row.estimate),
        p(row.upper),
      ]),
  )

export const votedTable = ({ voted }: CertifiedResults): string =>
  markdownTable(
    [
      'windows a session',
      'sessions: calibration, judged',
      'right: voted',
      'right: its windows one by one',
      'blind',
      'attack',
      'V̂',
      'U',
      'by theorem B',
    ],
    voted.map((row) => [
      String(row.length),
      `${row.sessions}, ${row.judged}`,
      p(row.accuracy),
      p(row.windows),
      p(row.blind),
      p(row.attack),
      p(row.estimate),
      p(row.upper),
      p(row.kl),
    ]),
  )

export const bundleTable = ({ bundled }: CertifiedResults): string =>
  markdownTable(
    ['released', 'windows of', 'k', 'independent bundles', 'attack', 'V̂', 'U'],
    bundled.map((row) => [
      row.of === 'pane' ? 'codes of the pane' : 'true labels',
      row.groups === 'people' ? 'one person' : 'one person in one activity',
      String(row.k),
      String(row.bundles),
      p(row.attack),
      p(row.estimate),
      p(row.upper),
    ]),
  )

const netTitles: Readonly<Record<string, string>> = {
  lenet: 'LeNet, digits',
  'lenet-colour': 'LeNet, coloured digits',
  squeezenet: 'SqueezeNet 1.1, photographs',
  mobilenet: 'MobileNet v2, photographs',
  resnet20: 'ResNet-20, CIFAR-10',
}

/** Frozen nets that are asked by dictionaries. */
export const askedTable = ({ asked }: CertifiedResults): string =>
  markdownTable(
    [
      'net',
      'codes',
      'dictionary',
      'on raw',
      'pane',
      'by pictures',
      'agree with raw',
      'KL, nats',
      'second net',
    ],
    asked.map(({ net, codes, kind, frozen, pane, made, seeds, refused, answers }) => [
      netTitles[net] ?? net,
      String(codes),
      `${kind}${made < seeds ? ` (${made} of ${seeds})` : ''}`,
      p(frozen),
      p(pane),
      answers ? percentSpread(answers.accuracy, 2) : `refused: ${refused}`,
      answers ? p(answers.agreement) : '',
      answers ? answers.divergence.mean.toFixed(3) : '',
      answers ? p(answers.second) : '',
    ]),
  )

/** Laws, or mistakes. */
export function coverageTable({ coverage }: CertifiedResults, of: 'laws' | 'mistakes'): string {
  const names = of === 'laws' ? ['binomial', 'kl'] : ['naive', 'held']
  const share = (v: number) => (100 * v).toFixed(1)
  return markdownTable(
    [
      of === 'laws' ? 'law' : 'mistake',
      'units',
      'V',
      'mean V̂',
      ...(of === 'laws'
        ? ['wrong: binomial', 'wrong: kl', 'mean U − V']
        : ['wrong: so', 'wrong: as it should be']),
    ],
    coverage
      .filter(({ violations }) => names[1]! in violations)
      .map((row) => [
        row.of,
        row.units.toLocaleString('en'),
        share(row.truth),
        share(row.estimate),
        ...names.map((name) => (name in row.violations ? share(row.violations[name]!) : '')),
        ...(of === 'laws' ? [share(row.gap)] : []),
      ]),
  )
}
