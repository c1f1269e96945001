// Features for private training: what is known of all rows together, bought with noise before training begins.
// Source: Tramèr and Boneh 2021.

export { centre, type PrivateMean, privateMean, uncentredBias } from './privateMean.ts'
