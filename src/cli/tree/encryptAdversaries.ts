// Who learns what of each `frostglass encrypt` command: stated in its help, and why no more in docs/explanation/adversaries.md.
// Source: src/encrypt/inference/PROOF.md, src/encrypt/bfv/PROOF.md, src/encrypt/ckks/TRAINING-PROOF.md.
// It states; a test holds that every command states it and that the page says the same.

/** Parties against whom a command is judged. */
export const adversaries = ['honest but curious service', 'active service', 'eavesdropper', 'asker'] as const
export type Adversary = (typeof adversaries)[number]

type Learns = Readonly<Record<Adversary, string>>

const nothingLeaves: Learns = {
  'honest but curious service': 'nothing leaves this machine',
  'active service': 'the same; a file of its making is parsed, never run',
  eavesdropper: 'nothing',
  asker: 'nothing',
}

/** By the command's name. */
export const adversariesOf: Readonly<Record<string, Learns>> = {
  model: { ...nothingLeaves, asker: 'nothing before it is served; then what `infer` says' },
  keys: {
    'honest but curious service': 'public keys; where it is asked for references, that and when',
    'active service': 'the same; references that it answers wrongly make later honest answers fail',
    eavesdropper: 'public keys',
    asker: 'the card: shapes, and how large the model’s outputs can get',
  },
  images: {
    'honest but curious service': 'how many images with references among them, when, under which key',
    'active service': 'the same',
    eavesdropper: 'the same',
    asker: 'is who runs this',
  },
  infer: {
    'honest but curious service': 'is who runs this: ciphertexts, and what `images` says',
    'active service': 'the same: what it computes is not hidden from it, what it is asked is',
    eavesdropper: 'nothing of images or weights',
    asker:
      'outputs of the images it states, of which enough are the model; of crafted questions the bits of three images each, or of eight more',
  },
  decrypt: {
    'honest but curious service': 'nothing, if it is told nothing',
    'active service':
      'which question ended the key, if one did; shown answers to single images, or classes of them, perhaps the key; shown a batch with references, of the key a number in one of 256, and of images what it likes',
    eavesdropper: 'nothing',
    asker: 'is who runs this',
  },
  ask: {
    'honest but curious service': 'what `images` says, and the address',
    'active service': 'what `decrypt` says; whether another question comes',
    eavesdropper: 'what `images` says, sizes and times; HTTP without TLS shows him no more',
    asker: 'what `infer` says',
  },
  train: {
    'honest but curious service':
      'the table’s shape and the number of steps; rows and the rate, unless --encrypt-rows; no weight',
    'active service': 'the same, and whether what it sent back was refused, which ends the training',
    eavesdropper: 'nothing: a pipe to a process of this machine',
    asker: 'whoever is given the model: what a model tells of its rows (no differential privacy)',
  },
  show: nothingLeaves,
}

const columns = 100

/** What help says of a command's adversaries. */
export function learnsText(name: string): string {
  const lines = adversaries.flatMap((adversary) => {
    const indent = '  '
    const words = `${adversary}: ${adversariesOf[name]![adversary]}`.split(' ')
    const filled = ['']
    for (const word of words) {
      const line = `${filled.at(-1)} ${word}`.trimStart()
      if (line.length <= columns - 4) filled[filled.length - 1] = line
      else filled.push(word)
    }
    return filled.map((line, i) => `${i === 0 ? indent : `${indent}${indent}`}${line}`)
  })
  return `\nWho learns what, and why no more (docs/explanation/adversaries.md):\n${lines.join('\n')}`
}
