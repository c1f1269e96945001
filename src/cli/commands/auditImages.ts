// frostglass audit images: every attack on a bundle of obfuscated images, judged by a policy, as a report.
// Source: docs/how-to/audit-images.md; src/audit/images has the attacks.
// No logic of its own: a bundle and its originals in, a page and its JSON out, and exit code 3 unless the policy holds.

import { join } from 'node:path'
import { withComputedAttributes } from '../../audit/images/computedAttributes.ts'
import { matchPanes } from '../../audit/images/evidence.ts'
import {
  auditImages,
  defaultImagePolicy,
  type ImageLeakReport,
  imageAttacks,
  writeImageReport,
} from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { metricTitle, shareText } from '../../audit/words.ts'
import { type ImageSet, openImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { isCodeBundle } from '../../protect/certified/readCodeBundle.ts'
import {
  type ClassifierService,
  isBundle,
  openClassifier,
  openClassifierService,
  readBundle,
} from '../../protect/index.ts'
import { print } from '../output.ts'
import { requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { type ReportOptions, requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'
import { requireHeld, rulesTable, verdictText, worth } from './auditVerdict.ts'
import { readPolicyFile } from './policyFile.ts'

export interface AuditImagesOptions extends ReportOptions {
  readonly training?: string | undefined
  readonly split: 'train' | 'test' | 'all'
  readonly attributes?: string | undefined
  readonly classifier?: string | undefined
}

/**
 * What `frostglass audit images` does.
 * @param guess what is said at the end, where the command was not named
 * @throws FrostglassError `policy` unless it holds, `input`, `usage`, `aborted`
 */
export async function auditImageBundle(
  folder: string,
  options: AuditImagesOptions,
  signal: AbortSignal,
  guess?: string,
): Promise<void> {
  const { original, training, effort, seed, out, json, force } = options
  const inputs = [
    join(folder, 'manifest.json'),
    original,
    training,
    options.attributes,
    options.policy,
    options.classifier,
  ]
  if (await isCodeBundle(folder))
    throw new FrostglassError(
      'usage',
      `${folder} is a bundle of codes`,
      `Run frostglass audit codes ${folder}.`,
    )
  if (!(await isBundle(folder)))
    throw new FrostglassError(
      'usage',
      `${folder} is no bundle of images`,
      'Name a folder that frostglass obfuscate protect wrote; frostglass audit table takes a table.',
    )
  await requireReport(out, inputs, force)
  // The summary goes into the manifest at the end.
  await requireFree(join(folder, 'manifest.json'), true)
  const policy =
    options.policy === undefined ? defaultImagePolicy : await readPolicyFile(options.policy, imageAttacks)
  const bundle = await readBundle(folder)
  const { panes, released, manifest } = bundle
  let service: ClassifierService | undefined
  try {
    const { card } = panes[0]!
    const open = (spec: string, split: 'train' | 'test' | 'all', limit?: number): Promise<ImageSet> =>
      openImages(spec, {
        split,
        size: [card.input[1], card.input[2]],
        channels: card.input[0] === 1 ? 1 : 3,
        signal,
        limit,
        // A file of attributes names the files of one folder.
        attributes: options.attributes !== undefined && spec === original ? options.attributes : undefined,
      })
    // The count of the bundle as the limit: so a bundle of the first 500 images finds them again.
    const originals = await open(original, options.split, manifest.count)
    const paneOf = await matchPanes(originals, released, panes, signal)
    const trained = training === undefined ? undefined : await open(training, 'train')
    if (options.classifier !== undefined) {
      service = await openClassifierService(
        await openClassifier(options.classifier, { preprocessing: card.preprocessing, image: card.input }),
      )
      requireClasses(service, originals, options.classifier)
    }
    // A file names what its owner holds to be sensitive; without one, what every image has is tried.
    const named =
      options.attributes === undefined
        ? withComputedAttributes(originals, trained)
        : { originals, training: trained }
    const bar = progress('attacking', json)
    let report: ImageLeakReport
    try {
      report = await auditImages(
        {
          ...named,
          released,
          panes,
          paneOf,
          ...(service ? { service: service.probabilities } : {}),
        },
        {
          policy,
          effort,
          seed,
          name: folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder,
          sha256: manifest.parts.find(({ file }) => file.endsWith('.npy'))!.sha256,
          signal,
          onProgress: (done, total) => bar.update(Math.round(100 * done), 100 * total),
        },
      )
    } finally {
      bar.stop()
    }
    await writeImageReport(report, out, folder, { force: force ?? false })
    print(json, report, () => summary(report, out, guess))
    requireHeld(report, out)
  } finally {
    for (const pane of panes) await pane.close()
    await service?.close()
  }
}

function requireClasses({ classifier }: ClassifierService, { labels, name }: ImageSet, file: string): void {
  const classes = labels?.names.length ?? 0
  if (classes === classifier.outputs) return
  throw new FrostglassError(
    'input',
    `${file} has ${classifier.outputs} outputs, but ${name} ${classes === 0 ? 'has no classes' : `has ${classes} classes`}`,
    'Leave out --classifier: membership is then told from the samples alone.',
  )
}

function summary(report: ImageLeakReport, out: string, guess: string | undefined): string {
  const measured = report.findings.map((finding) => {
    const {
      title,
      standpoint,
      metrics: [first],
    } = finding
    return [
      title,
      standpoint,
      metricTitle(first!.name, 'images'),
      shareText(first!.value),
      `${shareText(first!.interval[0])} to ${shareText(first!.interval[1])}`,
      shareText(first!.chance),
      worth(finding),
    ]
  })
  return [
    verdictText(report),
    '',
    table(['attack', 'adversary', 'measure', 'got', '95% interval', 'chance', ''], measured),
    '',
    rulesTable(report),
    '',
    ...(guess === undefined ? [] : [guess]),
    `wrote ${out} and ${jsonPathOf(out)}`,
  ].join('\n')
}
