// Computing on ciphertexts: schemes, and what networks need to run on them.
// Source: ARCHITECTURE, "Rooms". integer-vector/ is BROKEN, and exported from its own folder alone.

export { fitSigmoid, type SigmoidPolynomial } from './sigmoidPolynomial.ts'
