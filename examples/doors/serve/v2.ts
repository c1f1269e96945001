export * from '../../../src/serve/v2/index.ts'
