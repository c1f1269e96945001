export * from '../../src/fleet/index.ts'
