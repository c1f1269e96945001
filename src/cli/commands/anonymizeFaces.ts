// frostglass anonymize faces: a folder of averaged faces that may be published, and its manifest.
// Source: docs/how-to/anonymize-faces.md; src/protect/faces does the work.
// No logic of its own, and no name of a person or picture in what it prints.

import { type PictureSize, readImageFolder } from '../../data/index.ts'
import type { FaceSpace } from '../../protect/faces/averaged.ts'
import { averageFaces } from '../../protect/faces/averageFaces.ts'
import { publishFaces, requireFreeFacesFolder } from '../../protect/faces/publication.ts'
import type { ForceOption, JsonOption } from '../options.ts'
import { counted, print, warn } from '../output.ts'

export interface AnonymizeFacesOptions extends ForceOption, JsonOption {
  readonly k: number
  readonly person: string
  readonly attributes?: string | undefined
  readonly select?: readonly string[] | undefined
  readonly space: FaceSpace
  readonly size?: number | PictureSize | undefined
  readonly out: string
}

/** What `frostglass anonymize faces` does. @throws FrostglassError `usage`, `input`, `io`, `aborted` */
export async function anonymizeFaces(
  folder: string,
  { k, person, attributes, select, space, size, out, force = false, json }: AnonymizeFacesOptions,
  signal: AbortSignal,
): Promise<void> {
  await requireFreeFacesFolder(out, force)
  const set = await readImageFolder(folder, { name: 'the folder', size, signal })
  const averaged = await averageFaces(set, { k, person, attributes, select, space })
  const manifest = await publishFaces(out, averaged, { k, space, force, signal })
  const warnings = [
    ...(person === 'picture'
      ? [
          'every picture was taken for another person’s: where two are of one person, nothing is promised (--person)',
        ]
      : []),
    ...(manifest.leftOut > 0
      ? [`${counted(manifest.leftOut, 'picture')} left out: others of the group have fewer`]
      : []),
  ]
  warn(json, warnings)
  print(json, { out, manifest, warnings }, () =>
    [
      `wrote ${out}: ${counted(manifest.faces, 'picture')} of ${manifest.people.toLocaleString('en')} people in ${counted(manifest.groups, 'group')}`,
      `a recogniser names the right person for at most one picture in ${k}, whatever it was taught`,
      ...(manifest.select.length > 0
        ? [`kept, and told by attributes.csv: ${manifest.select.join(', ')}`]
        : []),
      'not hidden: that somebody is among the people, and which pictures are of one person',
    ].join('\n'),
  )
}
