// Learned obfuscators: small networks on the device that a frozen classifier still understands. Public panes.
// Source: ObfNet (Zheng et al. 2019, Xu et al. 2020), LightNet and DenseNet (Yonan et al. 2025).
// BROKEN as a way to hide what an image shows: see BREAK.md.

export {
  denseNet,
  infNetCnn,
  infNetMlp,
  leNet,
  lightNet,
  obfNet1,
  obfNet2,
  obfNetCnn,
  obfNetMlp,
} from './architectures.ts'
export {
  type Bundle,
  type BundleManifest,
  type BundleOptions,
  isBundle,
  readBundle,
  requireFreeFolder,
  writeBundle,
  writeBundleLeak,
} from './bundle.ts'
export { type ClassMap, mapClasses, readClassMapping } from './classes.ts'
export { type Classifier, untrainedClassifier } from './classifier.ts'
export type { ObfuscatorPane, PaneCard, Preprocessing } from './contract.ts'
export { type Cost, countLayers } from './count.ts'
export { type Kind, kindOf, kinds, publishedRecipe, type TrainingNumbers } from './kinds.ts'
export { parseLayers, readLayers } from './layersFile.ts'
export { drawPanes, type ManyProtected, protectWithMany } from './manyPanes.ts'
export { type Measured, type MeasureOptions, measureService, openService, type Service } from './measure.ts'
export type { ObfuscatorKind } from './names.ts'
export { type ClassifierArchitecture, classifierArchitectures, preprocessingNames } from './names.ts'
export { type ObfuscatorOptions, obfuscatorLayers } from './obfuscatorPlan.ts'
export { type OpenClassifierOptions, openClassifier } from './openClassifier.ts'
export { openPane, type PaneOptions, savePane } from './pane.ts'
export { namedPreprocessing, preprocess, readPreprocessing } from './preprocessing.ts'
export { type Preset, signLanguage, spokenDigits } from './presets.ts'
export type { Split, TrainingOptions } from './resumable.ts'
export { type ClassifierOptions, type TrainedClassifier, trainClassifier } from './trainClassifier.ts'
export {
  type PanesOptions,
  type TrainedObfuscator,
  trainObfuscator,
  trainPanes,
} from './trainObfuscator.ts'
