// What an owner does before data leaves. One folder a family of protection; this is the contract that they share.
// Source: docs/architecture.md#the-keyed-protection: a pane protects data, encodes queries, decodes answers, exports itself.
// No family here hides what its own BREAK.md says it gives away.

export * from './keyed/index.ts'
export * from './learned/index.ts'
export { assertPublic, type PublicPane, type SecretPane } from './standing.ts'
