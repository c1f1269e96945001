// The package's fifth door, in a clone: the sources themselves. What is published is built (scripts/buildEdge.ts).
export * from '../../src/edge/fleetStep.ts'
