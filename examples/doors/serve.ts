export * from '../../src/serve/index.ts'
