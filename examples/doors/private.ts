export * from '../../src/private/index.ts'
