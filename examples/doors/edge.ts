export * from '../../src/edge/index.ts'
