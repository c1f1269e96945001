// ColorNet and its general form: the service learns to tell a sensitive attribute from what left.
// Source: Yonan et al. 2025, ColorNet (F_a 99.46% and 99.40% at n = 512 and 1024; compromised above 30%).
// Any attribute column of the images; what the service is to tell (the label) is no attribute.

import { throwIfAborted } from '../../../errors.ts'
import { trainAttributeNet } from '../attributeNet.ts'
import { type ImageFound, imageAttack } from '../frame.ts'
import { epochsFor, serverParts } from '../parts.ts'

/** The server's attribute inference: one finding an attribute. */
export const attributeServer = imageAttack({
  name: 'attribute-server',
  title: 'A sensitive attribute, told by the service (ColorNet)',
  standpoint: 'server',
  aim: 'attribute',
  needs: 'the public pane, and images like those protected whose attribute is known',
  source: 'Yonan and others, Privacy-Preserving Machine Learning in IoT (SECRYPT 2025), ColorNet',
  applies: ({ originals }) => originals.count >= 4 && Object.values(originals.attributes).some(varies),
  async run(evidence, { effort, seed, signal, onProgress }) {
    const { attributes } = evidence.originals
    const names = Object.keys(attributes).filter((name) => varies(attributes[name]!))
    const findings: ImageFound[] = []
    for (const [i, name] of names.entries()) {
      throwIfAborted(signal)
      const abort = signal ? { signal } : {}
      const ownTraining = evidence.training?.attributes[name]?.names.join() === attributes[name]!.names.join()
      const { train, judged, note } = await serverParts(evidence, { effort, seed, ownTraining, ...abort })
      const net = await trainAttributeNet(train.released, train.images.attributes[name]!, {
        epochs: epochsFor(train.images.count, effort),
        seed,
        validation: 0.1,
        ...abort,
        onProgress: (share) => onProgress?.((i + share) / names.length),
      })
      const truth = judged.images.attributes[name]!
      findings.push({
        title: `Attribute “${name}”, told by the service`,
        rows: judged.images.count,
        about: name,
        metrics: [await net.accuracy(judged.released, truth)],
        notes: [note, `“${name}” has ${truth.names.length} classes.`],
      })
    }
    return findings
  },
})

const varies = ({ of }: { readonly of: Int32Array }): boolean => of.some((c) => c !== of[0])
