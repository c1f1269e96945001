// Encrypted inference over HTTP: a client sends public keys once, then ciphertexts, and reads the answers by itself.
// Source: docs/architecture.md#computing-on-ciphertexts; `createService({ encrypted })` of ../v2 mounts routes.ts.
// The service may compute something else than it was asked: nothing here shows that it did not.

export type { EncryptedLimits, EncryptedModel, EncryptedOptions } from './contract.ts'
