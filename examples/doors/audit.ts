export * from '../../src/audit/index.ts'
