// How many images encrypted inference takes where nothing is said.
// Source: ours. It imports nothing: the help says them, and is not to load what computes on ciphertexts.

/** Images of a question where nothing else is said: what is answered in seconds. */
export const fewImages = 10

/** Images whose answers a key knows. */
export const referenceCount = 8
