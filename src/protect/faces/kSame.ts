// k-same: each face is replaced by the average of k people's, so that a recogniser names the right one of k at best.
// Source: Newton, Sweeney and Malin, TKDE 17(2), 2005: k-Same-Pixel, k-Same-Eigen. PROOF.md has what holds, BREAK.md what does not.
// Faces are taken as they are: nothing is aligned, and where eyes lie apart the averages have ghosts.

import type { ImageSet } from '../../data/index.ts'
import { type AveragedFaces, averageAlbums, type KSameOptions } from './averaged.ts'

/**
 * Averages each person's images with those of k − 1 others.
 * @throws FrostglassError `usage` for a k below 2, `input` for fewer people than k
 * @example const { faces } = kSame(set, { k: 5, person: set.labels })
 */
export const kSame = (set: ImageSet, options: KSameOptions): AveragedFaces => averageAlbums(set, [], options)
