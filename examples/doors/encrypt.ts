export * from '../../src/encrypt/index.ts'
