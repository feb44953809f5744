export { buildModel, floats, longs, type ModelSketch, noise, type NodeSketch, writeValue } from './build-model.ts';
export { type BackendCase, checkCase, type CheckOptions } from './check-case.ts';
