// Papers that several experiments measure again; a paper with one experiment stands in that one's declaration.
// Source: the papers themselves, cited in each experiment.

import type { Paper } from './experiment.ts'

export const spg: Paper = { name: 'spg', title: 'Smart Privacy Guardian' }

export const obfnet: Paper = { name: 'obfnet', title: 'learned obfuscation' }

export const study: Paper = { name: 'study', title: 'what breaks learned obfuscation' }

export const encryptedSentiment: Paper = {
  name: 'encrypted-sentiment',
  title: 'a network with encrypted weights',
}

export const fleet: Paper = { name: 'fleet', title: 'parameters travel, data stay: federated learning' }

export const publish: Paper = { name: 'publish', title: 'published tables' }
