// Attacks on obfuscated images: one file each in attacks/; their networks and measures are building blocks of others.
// Source: Yonan et al. 2025 for the adversaries; the contract is in contract.ts.
// A new attack is one file there and one line in attacks.ts.

export { imageAttacks } from './attacks.ts'
export { type AttributeNet, trainAttributeNet } from './attributeNet.ts'
export { auditImages, type ImageAuditOptions } from './auditImages.ts'
export { withComputedAttributes } from './computedAttributes.ts'
export type { ImageAttack, ImageEvidence, ImageFinding, Measure, Picture } from './contract.ts'
export { matchPanes } from './evidence.ts'
export type { AttackTraining } from './learning.ts'
export { mapSvg, umap } from './maps.ts'
export { chancePurity, neighbourPurity, silhouettes, squaredDistances } from './neighbours.ts'
export { type RecNet, type RecNetOptions, type RecNetShape, trainRecNet } from './recNet.ts'
export { reconstructionSheet, reducedImages, releasedImages } from './sheets.ts'
export { imageSimilarity, type Similarities, similarityMeasures } from './similarity.ts'
export { type TsneOptions, tsne } from './tsne.ts'
