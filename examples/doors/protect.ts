export * from '../../src/protect/index.ts'
