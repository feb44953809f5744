import { createWasmBackend } from '@graft/backend-wasm';
import { importOnnx } from '@graft/onnx';
import { readFileSync } from 'node:fs';
import { js, tensor, scope } from '@graft/tensor';
import { inOnnxruntime, difference } from './check-network.mjs';
const d=process.argv[2]+'/';
const net = JSON.parse(readFileSync(d+'network.json'));
const f32 = (f) => { const b = readFileSync(d+f); return new Float32Array(b.buffer, b.byteOffset, b.byteLength/4); };
const [[port, info]] = Object.entries(net.inputs);
const x = {shape: info.shape, dtype:'float32', data: f32(info.file)};
const bytes = readFileSync(d+'opset17-fixed.onnx');
const golden = {shape: net.gradients.folded.output.shape, data: f32('folded-output.bin')};
const o = await inOnnxruntime(bytes, {[port]: x});
console.log('ort vs double', difference(o, golden));
for (const backend of [await createWasmBackend(), ...(process.argv[3] ? [js] : [])]) {
  const model = importOnnx(bytes).to(backend);
  const y = scope(() => { const t = model.call(new Map([[port, tensor(x.data, {shape:x.shape, backend})]])).get('output'); return {shape:t.shape, data:t.arraySync()}; });
  console.log(backend.name, 'vs double', difference(y, golden), 'vs ort', difference(y, o));
}
process.exit()
