// Attacks on several released faces of one person, which k-same of one image at a time does not stand.
// Source: the intersection of candidate sets, as in releases of tables (Ganta, Kasiviswanathan and Smith 2008).
// That faces are of one person is taken as known: an album, an account, a walk past a camera.

/**
 * What an album says of each person: the sum over its faces, as if they were independent.
 * @param dissimilarities [faces, people]. @param albumOf of each face its album, 0 … albums − 1
 * @returns [albums, people]
 */
export function albumDissimilarities(
  dissimilarities: Float64Array,
  people: number,
  albumOf: Int32Array,
  albums: number,
): Float64Array {
  const out = new Float64Array(albums * people)
  albumOf.forEach((album, i) => {
    for (let p = 0; p < people; p++) out[album * people + p]! += dissimilarities[i * people + p]!
  })
  return out
}

/**
 * Who is left for an adversary who has the originals and groups them as the owner did: those who are in a person's group
 * in every release.
 * @param releases of each release the group of each person
 * @returns of each person how many are left, the person among them; 1 is recognised
 */
export function candidatesLeft(releases: readonly Int32Array[]): Int32Array {
  const people = releases[0]?.length ?? 0
  return Int32Array.from({ length: people }, (_, p) => {
    let left = 0
    for (let q = 0; q < people; q++) if (releases.every((groupOf) => groupOf[q] === groupOf[p])) left++
    return left
  })
}
