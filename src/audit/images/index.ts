// Attacks on obfuscated images: one file each in attacks/; their networks and measures are building blocks of others.
// Source: Yonan et al. 2025 for the adversaries; the contract is in contract.ts.
// A new attack is one file there and one line here.

export { type AttributeNet, trainAttributeNet } from './attributeNet.ts'
export type { ImageAttack, ImageEvidence, ImageFinding, Measure, Picture } from './contract.ts'
export type { AttackTraining } from './learning.ts'
export { type RecNet, type RecNetOptions, trainRecNet } from './recNet.ts'
export { imageSimilarity, type Similarities, similarityMeasures } from './similarity.ts'
