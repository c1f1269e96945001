// Encrypted inference over HTTP: a client sends public keys once, then ciphertexts, and reads the answers by itself.
// Source: issue 11, section 5; `createService({ encrypted })` of ../v2 mounts routes.ts.
// The service may compute something else than it was asked: nothing here shows that it did not.

export type { EncryptedLimits, EncryptedModel, EncryptedOptions } from './contract.ts'
