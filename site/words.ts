// What the numbers of a pane mean, in plain words; the same rule for every pane.
// Source: the policy of the audit for pictures (a reconstruction that gains 0.1 of SSIM over what needs no attack).
// The words are about RecNet, the one attack on this page: a pane that resists it may fall to another.

import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { percent } from '../src/statistics/figures.ts'

/** Gain in SSIM over the answer alone from which a pane hides little: the audit's rule. */
export const littleFrom = 0.1
/** … and below which the attack adds nothing worth the name. */
export const somethingFrom = 0.02

/** Share of answers lost from which a pane that hides is no use. */
export const spoiledFrom = 0.05

export interface Verdict {
  readonly grade: 'little' | 'some' | 'most'
  /** One short sentence. */
  readonly title: string
  /** Why, with the measured numbers. */
  readonly because: string
}

/** The verdict on a pane; undefined while there is nothing to compare with. */
export function verdictOn(pane: GalleryPane, index: GalleryIndex): Verdict | undefined {
  const { answerAlone, classifier } = index
  if (!answerAlone || !classifier) return undefined
  const { ssim } = pane.likeness
  const gain = ssim - answerAlone.ssim
  const cost = classifier.accuracy - pane.accuracy
  const price =
    cost < 0.0005
      ? `The service loses nothing: it reads ${percent(pane.accuracy)} of obfuscated test digits, ${percent(classifier.accuracy)} of raw ones.`
      : `The service reads ${percent(pane.accuracy)} of obfuscated test digits, ${percent(classifier.accuracy)} of raw ones.`
  const attack =
    `The attacker’s pictures reach an SSIM of ${ssim.toFixed(2)}, where 1 is the same picture. ` +
    `Whoever knows only the right answer can show the mean picture of that digit, and reaches ${answerAlone.ssim.toFixed(2)}.`
  const read = `The classifier, made for raw digits, reads ${percent(pane.read, 0)} of the attacker’s pictures rightly.`
  const because = `${price} ${attack} ${read}`
  if (gain >= littleFrom) return { grade: 'little', title: 'This pane hides little.', because }
  if (gain >= somethingFrom)
    return { grade: 'some', title: 'This pane hides some of the form, not all.', because }
  return cost > spoiledFrom
    ? { grade: 'most', title: 'This pane hides the digit from the service too.', because }
    : {
        grade: 'most',
        title: 'Against this attack, this pane gives away little more than the answer.',
        because,
      }
}
