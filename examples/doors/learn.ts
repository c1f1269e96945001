export * from '../../src/learn/index.ts'
