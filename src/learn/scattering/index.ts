// Scattering: fixed features of images, as a layer and computed once for many.
// Source: Bruna and Mallat 2013.

export { type ScatterOptions, scatter, scatteringLayers } from './scatter.ts'
export { scattering } from './scattering.ts'
