// @ts-check
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);

/** TensorFlow.js on one of its backends that run in plain Node: `cpu` or `wasm` (with SIMD; its threads work in browsers only). */
export async function tensorflow(/** @type {'cpu' | 'wasm'} */ backend) {
  await tf.setBackend(backend);
  return tf;
}
export const tensorflowName = (/** @type {string} */ backend) => `TensorFlow.js ${tf.version_core} ${backend}`;
