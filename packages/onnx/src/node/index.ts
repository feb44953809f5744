export { readOnnx } from './read-onnx.ts';
export { writeOnnx, type WriteOptions } from './write-onnx.ts';
