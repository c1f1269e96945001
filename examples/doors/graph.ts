export * from '../../src/graph/index.ts'
