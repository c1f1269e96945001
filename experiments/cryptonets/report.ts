// The report of encrypted inference: accuracy beside the plain, agreement, time, bytes, and what the time goes into.
// Source: Gilad-Bachrach et al. 2016.
// `npm run bench -- --only encrypt` measures alone, without other tasks on the machine's cores.

import type { Report, Settings } from '../experiment.ts'
import { shareText } from '../shares.ts'
import type { CryptoNetsResults } from './results.ts'
import { shareFigure } from './shareFigure.ts'
import { packingPlainTable, packingTable, timeTable } from './tables.ts'

export function cryptoNetsReport(results: CryptoNetsResults, { quick }: Settings): Report {
  const { plain, rows, costs, batch, single } = results
  const images = plain.of.toLocaleString('en')
  const seconds = { batch: costs.secondsPerModulus.toFixed(0), image: costs.secondsPerImage.toFixed(2) }
  const up = { batch: (costs.batchBytesUp / 1e6).toFixed(0), image: (costs.imageBytesUp / 1000).toFixed(0) }
  return {
    figures: {
      cryptonets: shareFigure({ 'a batch (BFV)': batch.operations, 'one image (CKKS)': single.operations }),
    },
    page: {
      quick,
      plain: shareText(plain),
      'plain-images': images,
      table: packingTable(rows),
      exact: shareText(costs.exact),
      'exact-images': costs.exact.of.toLocaleString('en'),
      'largest-error': costs.largestError.toPrecision(2),
      'modulus-seconds': seconds.batch,
      moduli: moduliOf(batch.plan),
      'batch-up': up.batch,
      'batch-down': (costs.batchBytesDown / 1e6).toFixed(1),
      'batch-encrypt': costs.batchEncryptSeconds.toFixed(0),
      'batch-keys': (costs.batchKeyBytes / 1e6).toFixed(0),
      'image-seconds': seconds.image,
      'image-up': up.image,
      'image-down': (costs.imageBytesDown / 1000).toFixed(0),
      'image-encrypt': costs.imageEncryptSeconds.toFixed(3),
      'image-keys': (costs.imageKeyBytes / 1e6).toFixed(0),
      'batch-plan': batch.plan,
      'batch-times': timeTable(batch.operations),
      'image-plan': single.plan,
      'image-times': timeTable(single.operations),
    },
    summary: `In the plain: ${shareText(plain)} of ${images} test images.
${packingPlainTable(rows)}
A batch: ${seconds.batch} s a modulus on one core, ${up.batch} MB up. One image: ${seconds.image} s, ${up.image} kB up.`,
  }
}

/** How many plain moduli a plan has, by its own words: each is one run of the network. */
const moduliOf = (plan: string): string => /(\d+) plain modul/.exec(plan)?.[1] ?? '?'
