// Table 1 of the study: the experiment whole.
// Source: table1.ts.

export { table1Experiment } from './table1.ts'
