// Was this image among those that the pane was trained on? Members against others, by what the pane makes of them.
// Source: Yeom et al. 2018 (loss threshold); Shokri et al. 2017 (an attack model); Carlini et al. 2022 (the true-positive
// rate at few false alarms counts). A pane that was trained on little data, or long, tells more.

import { concatenateImages, imageSize } from '../../../data/images/imageSet.ts'
import { type ImageSet, takeImages } from '../../../data/index.ts'
import { sizeOf, type Tensor, tensor } from '../../../graph/index.ts'
import { predict } from '../../../learn/index.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { Metric } from '../../finding.ts'
import { trueClassLogits } from '../../membership/scores.ts'
import { curveOf } from '../../roc.ts'
import { trainAttributeNet } from '../attributeNet.ts'
import type { ImageEvidence, Measure } from '../contract.ts'
import { imageAttack } from '../frame.ts'
import { takeTensorRows } from '../learning.ts'
import { affordable, epochsFor, obfuscate, sampleRows } from '../parts.ts'

const most = { quick: 1000, full: 4000 } as const
/** Fewer of either kind say nothing. */
const fewest = 20

/** Membership in the training set of the pane. */
export const membership = imageAttack({
  name: 'membership',
  title: 'Images that the pane was trained on, told from others',
  standpoint: 'server',
  aim: 'member',
  needs: 'the public pane, candidate images, and of some of them whether the pane was trained on them',
  source: 'Yeom and others (CSF 2018), loss threshold; Shokri and others (S&P 2017), attack model',
  applies: (evidence) => (evidence.training?.count ?? 0) >= fewest && strangers(evidence).length >= fewest,
  async run(evidence, { effort, seed, signal, onProgress }) {
    const training = evidence.training!
    const width = Math.max(sizeOf(evidence.released.shape.slice(1)), imageSize(training.shape))
    const others = strangers(evidence)
    const count = affordable(Math.min(most[effort], others.length, training.count), 2 * width)
    const members = takeImages(training, sampleRows(training.count, count, seed, 'members'))
    const rest = takeImages(
      evidence.originals,
      sampleRows(others.length, count, seed, 'others').map((i) => others[i]!),
    )
    const set = joined(members, rest)
    const isMember = Uint8Array.from({ length: set.count }, (_, i) => Number(i < members.count))
    const abort = signal ? { signal } : {}
    const { released } = await obfuscate(evidence.panes, set, { seed, ...abort })
    onProgress?.(0.1)
    const labels = set.labels
    const judged =
      evidence.service && labels
        ? await byLoss(evidence.service, released, labels.of, isMember)
        : await byModel(released, set, isMember, { effort, seed, ...abort })
    onProgress?.(1)
    const { auc, balancedAccuracy, hitsAtHundredth, hitsAtThousandth } = curveOf(
      judged.scores,
      judged.member,
      seed,
    )
    const metric: Metric = {
      name: 'member',
      ...auc,
      chance: 0.5,
      ...(judged.baseline === undefined ? {} : { baseline: judged.baseline }),
    }
    const measures: Measure[] = [
      { name: 'members found at one false alarm in a hundred', ...hitsAtHundredth },
      { name: 'members found at one false alarm in a thousand', ...hitsAtThousandth },
      { name: 'balanced accuracy at the best threshold', ...balancedAccuracy },
    ]
    return [
      {
        rows: judged.scores.length,
        metrics: [metric],
        measures,
        notes: [
          judged.note,
          `Of the training images ${members.count} were drawn, and as many audited images that are not among them. Images that were held out to choose the epoch count as training images here.`,
        ],
      },
    ]
  },
})

interface Judged {
  readonly scores: Float64Array
  readonly member: Uint8Array
  readonly baseline?: number | undefined
  readonly note: string
}

/** The lower the loss of the pane's sample at the service, the likelier the pane was trained on it. */
async function byLoss(
  service: NonNullable<ImageEvidence['service']>,
  released: Tensor,
  labels: Int32Array,
  member: Uint8Array,
): Promise<Judged> {
  const scores = await trueClassLogits(service, { x: released, labels })
  return {
    scores,
    member,
    note: 'The score is the public classifier’s confidence in the true class of the obfuscated sample.',
  }
}

/** A network trained on half of the images, judged on the others; the same from the images alone is the baseline. */
async function byModel(
  released: Tensor,
  set: ImageSet,
  member: Uint8Array,
  { effort, seed, signal }: { effort: 'quick' | 'full'; seed: number; signal?: AbortSignal | undefined },
): Promise<Judged> {
  const order = shuffle(upTo(set.count), seededStream(seed, 'membership'))
  const half = order.slice(0, set.count >> 1)
  const other = order.slice(set.count >> 1)
  const names = ['other', 'member']
  const memberOf = other.map((i) => member[i]!)
  const scoresOf = async (rows: Tensor): Promise<Float64Array> => {
    const net = await trainAttributeNet(
      takeTensorRows(rows, half),
      { names, of: half.map((i) => member[i]!) },
      { epochs: epochsFor(half.length, effort), seed, validation: 0.2, signal },
    )
    const { data } = await predict(net.model, net.weights, takeTensorRows(rows, other), {
      loss: 'categoricalCrossEntropy',
    })
    return Float64Array.from(memberOf, (_, i) => data[2 * i + 1] as number)
  }
  const scores = await scoresOf(released)
  // As numbers of any size: the network scales what it gets.
  const images = tensor(new Float32Array(set.pixels), [set.count, ...set.shape])
  const alone = curveOf(await scoresOf(images), Uint8Array.from(memberOf), seed).auc.value
  return {
    scores,
    member: Uint8Array.from(memberOf),
    baseline: alone,
    note: 'The classifier was not given: a network was trained to tell members from others by what the pane makes of them, on half of the images, and judged on the other half. The baseline is the same network on the images themselves: what differs between the two sets without any pane.',
  }
}

/** Audited images that are not among the training images, byte by byte. */
function strangers({ originals, training }: ImageEvidence): Int32Array {
  if (!training) return new Int32Array(0)
  const known = new Set(keysOf(training))
  const hashes = keysOf(originals)
  return Int32Array.from(hashes.keys()).filter((i) => !known.has(hashes[i]!))
}

/** Two FNV-1a hashes of an image's bytes: enough to know an image again, for nobody who forges them. */
function keysOf({ pixels, count, shape }: ImageSet): string[] {
  const size = imageSize(shape)
  return Array.from({ length: count }, (_, i) => {
    let [a, b] = [0x811c9dc5, 0x1000193]
    for (let j = i * size; j < (i + 1) * size; j++) {
      a = Math.imul(a ^ pixels[j]!, 0x01000193)
      b = Math.imul(b + pixels[j]! + 1, 0x85ebca6b) ^ (b >>> 13)
    }
    return `${a} ${b}`
  })
}

/** Both, with labels where they name the same classes; attributes are not asked for. */
function joined(a: ImageSet, b: ImageSet): ImageSet {
  const alike = a.labels && b.labels && a.labels.names.join() === b.labels.names.join()
  const bare = ({ labels, ...set }: ImageSet): ImageSet => ({
    ...set,
    ...(alike && labels ? { labels } : {}),
    attributes: {},
  })
  return concatenateImages(bare(a), bare(b), `${a.name} and ${b.name}`)
}
