// Which of several panes made a sample: the device draws one at random, and the adversary names it.
// Source: Zheng et al. 2019 (ObfNet2-x, ten panes apart); the network is the study's attribute network.
// Whoever names the pane attacks with the one network that was trained for it.

import { trainAttributeNet } from '../attributeNet.ts'
import { imageAttack } from '../frame.ts'
import { epochsFor, serverParts } from '../parts.ts'

/** The pane of each sample, named. */
export const paneIdentity = imageAttack({
  name: 'pane-identity',
  title: 'The pane that made a sample, named',
  standpoint: 'server',
  aim: 'pane',
  needs: 'the public panes, and images like those protected',
  source:
    'Zheng and others, Challenges of Privacy-Preserving Machine Learning in IoT (2019): ten obfuscators',
  applies: ({ panes, originals }) => panes.length >= 2 && originals.count >= 4,
  async run(evidence, { effort, seed, signal, onProgress }) {
    const abort = signal ? { signal } : {}
    const { train, judged, note } = await serverParts(evidence, { effort, seed, ...abort })
    const names = evidence.panes.map((_, p) => `pane ${p + 1}`)
    const net = await trainAttributeNet(
      train.released,
      { names, of: train.paneOf },
      {
        epochs: epochsFor(train.images.count, effort),
        seed,
        validation: 0.1,
        ...abort,
        onProgress,
      },
    )
    const metric = await net.accuracy(judged.released, { names, of: judged.paneOf })
    return [
      {
        rows: judged.images.count,
        metrics: [{ ...metric, name: 'pane' }],
        notes: [note, `The device drew one of ${names.length} panes for each sample.`],
      },
    ]
  },
})
