// Features for private training: what is known of all rows together, bought with noise before training begins.
// Source: Tramèr and Boneh 2021.

export { foldedHead, type Head } from './head.ts'
export { type Dampening, type DampeningOptions, dampen, privateDampening } from './principal.ts'
export { centre, type PrivateMean, privateMean } from './privateMean.ts'
