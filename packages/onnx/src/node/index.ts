export { readOnnx } from './read-onnx.ts';
