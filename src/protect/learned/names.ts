// Names of the learned protection: obfuscators, classifiers, what services do to pictures.
// Source: kinds.ts, classifier.ts and preprocessing.ts, which have what is behind each.
// It imports nothing: the command line's help names them, and is not to load what trains.

/** Names of architectures of obfuscators. */
export const obfuscatorKinds = ['mlp', 'cnn', 'obfnet1', 'obfnet2', 'lightnet', 'densenet'] as const
/** An obfuscator that this library trains, by name. */
export type ObfuscatorKind = (typeof obfuscatorKinds)[number]

/** Names of architectures of classifiers. */
export const classifierArchitectures = ['lenet', 'infnet-cnn', 'infnet-mlp'] as const
/** A classifier that this library trains, by name. */
export type ClassifierArchitecture = (typeof classifierArchitectures)[number]

const preprocessings = ['unit', 'imagenet', 'mobilenet'] as const
export type PreprocessingName = (typeof preprocessings)[number]

/** Names of usual preprocessings. */
export const preprocessingNames: readonly string[] = preprocessings
