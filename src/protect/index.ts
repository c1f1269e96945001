// What an owner does before data leaves. One folder a family of protection; this is the contract that they share.
// Source: docs/architecture.md#the-keyed-protection: a pane protects data, encodes queries, decodes answers, exports itself.
// No family here hides what its own BREAK.md says it gives away.

export type { RowKeys } from '../secret/derive.ts'
export type { CodeAttack } from './certified/attackCodes.ts'
export {
  type BundleLimit,
  type BundleReading,
  type CertifyBundlesOptions,
  certifyBundles,
} from './certified/bundles.ts'
export {
  type Certificate,
  type CertificateStatement,
  certificateText,
  checkCertificate,
  issueCertificate,
} from './certified/certificate.ts'
export { type Certification, type CertifyOptions, certify } from './certified/certify.ts'
export { type Channel, type ChannelTables, channelFrontier, optimalChannel } from './certified/channel.ts'
export type { CodePrice, Codes } from './certified/chooseCodes.ts'
export { type CodeManifest, writeCodeBundle } from './certified/codeBundle.ts'
export type { Codebook } from './certified/codebook.ts'
export type { CodedPictures } from './certified/codedPictures.ts'
export { type CodePane, type CodePaneCard, openCodePane } from './certified/codePane.ts'
export {
  type CodeInputs,
  type CodeNames,
  type CodeSource,
  type Hidden,
  imageSource,
  tableSource,
} from './certified/codeSources.ts'
export type { Penalty } from './certified/codeStep.ts'
export type { CodeTraining, CodeTrainingOptions, LeakOptions } from './certified/codeTraining.ts'
export type { CodeShare, CodeUse } from './certified/codeUse.ts'
export {
  type CertifiedCodePane,
  type CodePaneOptions,
  createCodePane,
} from './certified/createCodePane.ts'
export {
  type CodeMeanings,
  createDictionary,
  type Dictionary,
  type DictionaryOptions,
} from './certified/dictionary.ts'
export { type Drift, driftOf } from './certified/drift.ts'
export {
  type CodeData,
  type CodeFitOptions,
  type FittedCodePane,
  fitCodePane,
} from './certified/fitCodePane.ts'
export type { Floor } from './certified/floor.ts'
export type { Gain } from './certified/gain.ts'
export {
  type CertifiedRows,
  type CertifyPaneOptions,
  type FixedChannel,
  type Issued,
  type IssuedPane,
  issueCodePane,
} from './certified/issueCodePane.ts'
export { type Grouping, type MergeOptions, type MergeTables, mergeCodes } from './certified/merge.ts'
export { type CodeBundle, readCodeBundle } from './certified/readCodeBundle.ts'
export type { CodedColumn, DictionaryKind, ReleaseManifest } from './certified/releaseContract.ts'
export { type ReleaseParts, releaseFiles } from './certified/releaseFiles.ts'
export type { ReleaseForm, ReleasingPane } from './certified/releaseGraph.ts'
export {
  openReleaseLedger,
  type ReleaseLedger,
  type ReleaseRules,
  releaseRules,
} from './certified/releaseLedger.ts'
export { type RepeatedSplit, repeatSplit } from './certified/repeatSplit.ts'
export type { FixedPane, OpenedRows, SealedRows, UnitRows } from './certified/sealedRows.ts'
export { type Shares, splitByParts, splitUnits, type UnitSplit } from './certified/splitUnits.ts'
export {
  type CodeGroups,
  type CodeRecord,
  type CodeTable,
  type CountOptions,
  countByLabel,
  countGroups,
  countUnits,
  type LabelledTables,
  type SharedTable,
  shareUnits,
} from './certified/table.ts'
export type { Tuning } from './certified/tunedPictures.ts'
export type { ReleasePolicy, Verdict, VerdictKind } from './certified/verdict.ts'
export { type KeyActivationName, keyActivationNames } from './keyed/activationNames.ts'
export type { Columns, Inexact, LostCell } from './keyed/attributes.ts'
export { createKey, type KeyOptions, type NewKey } from './keyed/create.ts'
export { protections } from './keyed/index.ts'
export { describeKey, type Key, type KeyDescription } from './keyed/key.ts'
export { readKeyFile, writeKeyFile } from './keyed/keyFile.ts'
export type { ClassRelabelling, HiddenLabel, LabelMap, TargetMap } from './keyed/labels.ts'
export { type LayeredOptions, layered } from './keyed/layered.ts'
export { type Manifest, manifestPath, readManifest } from './keyed/manifest.ts'
export { type Encoded, type KeyedPane, openKeyedPane } from './keyed/pane.ts'
export { type ProjectionOptions, projection } from './keyed/projection.ts'
export type { ColumnPane, Protection, Scheme } from './keyed/protection.ts'
export {
  type EncodeOptions,
  encodeTable,
  protectTable,
  type StreamOptions,
  type StreamReport,
} from './keyed/protectTable.ts'
export { type DecodeOptions, decodeTable, type RestoreOptions, restoreTable } from './keyed/restoreTable.ts'
export { type RotationOptions, rotation } from './keyed/rotation.ts'
export type { KeyColumn, KeyParameters } from './keyed/schema.ts'
export type { Compared, Lost } from './keyed/snap.ts'
export {
  type Bundle,
  type BundleManifest,
  type BundleOptions,
  isBundle,
  readBundle,
  writeBundle,
} from './learned/bundle.ts'
export { type ClassMap, mapClasses, readClassMapping } from './learned/classes.ts'
export type { Classifier } from './learned/classifier.ts'
export type { ObfuscatorPane, PaneCard, Preprocessing } from './learned/contract.ts'
export { type Kind, kinds, type ObfuscatorRecipe, type TrainingNumbers } from './learned/kinds.ts'
export { readLayers } from './learned/layersFile.ts'
export {
  type ClassifierService,
  type Measured,
  type MeasureOptions,
  measureService,
  openClassifierService,
} from './learned/measure.ts'
export type { ClassifierArchitecture, ObfuscatorKind } from './learned/names.ts'
export type { ObfuscatorOptions } from './learned/obfuscatorPlan.ts'
export { type OpenClassifierOptions, openClassifier } from './learned/openClassifier.ts'
export { openPane, type PaneOptions, writePane } from './learned/pane.ts'
export { namedPreprocessing, readPreprocessing } from './learned/preprocessing.ts'
export { type Preset, signLanguage, spokenDigits } from './learned/presets.ts'
export type { Split, TrainingOptions } from './learned/resumable.ts'
export { type ClassifierOptions, type TrainedClassifier, trainClassifier } from './learned/trainClassifier.ts'
export {
  type PanesOptions,
  type TrainedObfuscator,
  trainObfuscator,
  trainPanes,
} from './learned/trainObfuscator.ts'
export type { PublicPane, SecretPane } from './standing.ts'
export type {
  CodedTable,
  CodedTableColumn,
  ColumnCodes,
} from './tables/codedTable.ts'
export type { Hierarchy, HierarchyLevel } from './tables/hierarchy.ts'
export type { FailedNode, LocalClass, LocalRelease, LocalRound } from './tables/localRecoding/release.ts'
export type { ClassView, ModelFacts, PreparedModel, PrivacyModel, TableView } from './tables/model.ts'
export {
  type Anonymized,
  type AnonymizeOptions,
  type AnonymizeRequest,
  anonymizeTable,
} from './tables/publication/anonymizeTable.ts'
export type { PublicationManifest } from './tables/publication/manifest.ts'
export type { Aggregate } from './tables/quality/aggregate.ts'
export type { QualityOptions } from './tables/quality/qualities.ts'
export type { QualityLoss } from './tables/quality.ts'
export type { Neighbour, SearchResult } from './tables/search/search.ts'
