// Integer-vector encryption: BROKEN, kept to measure what is claimed of it and to show how it breaks.
// Source: Zhou and Wornell 2014; its break: Bogos, Gaspoz and Vaudenay, DOI 10.1007/s12095-017-0243-8. See BREAK.md.
// For `reproduce` and `audit` alone: nothing that protects data may import it.

export { bitLength, centred, roundedQuotient } from '../integers.ts'
export { type Ciphertext, createKey, decrypt, type IntegerVectorKey, noiseOf } from './key.ts'
export { type KeySwitch, switchKey } from './keySwitch.ts'
export {
  add,
  constant,
  encrypt,
  encryptionKey,
  linearKey,
  product,
  productKey,
  scale,
  subtract,
} from './operations.ts'
export { type IntegerVectorParameters, modular, noisy, published } from './parameters.ts'
