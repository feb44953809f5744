export { buildModel, floats, longs, type ModelSketch, noise, type NodeSketch } from './build-model.ts';
