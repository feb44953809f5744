import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { RunFiles } from '@graft/finetune';
import { fileStorage } from '@graft/storage/node';
import { workFolder } from '../../../tools/testing/work-folder.ts';
import { plan, type Plan } from './plan.ts';
import { rowNames } from './run-seed.ts';
import { demo } from './demo.ts';

const folder = workFolder();
const shortPlan: Plan = {
  ...plan,
  perClass: 3,
  testImages: 60,
  linear: { ...plan.linear, epochs: 20 },
  cnn: { ...plan.cnn, epochs: 2 },
  cnnAugmented: { ...plan.cnnAugmented, epochs: 2 },
  head: { ...plan.head, epochs: 10, views: 2 },
  full: { ...plan.full, epochs: 1 },
};

test('the demo trains and compares all five methods', { timeout: 60_000 }, async () => {
  // The images are cached between test runs, because writing 10,000 files takes a while.
  vi.stubEnv('GRAFT_CACHE', fileURLToPath(new URL('../.cache/demo/', import.meta.url)));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const messages: string[] = [];
  try {
    const out = join(folder, 'demo');
    const summary = await demo(
      {
        seeds: [0],
        out,
        backend: 'wasm',
        json: false,
        events: (event) => event.type === 'status' && messages.push(event.message),
      },
      shortPlan,
    );
    expect(summary).toMatchObject({
      model: 'ppocr-v4-rec',
      epochs: 11,
      validationAccuracy: null,
      frozenTensorsChanged: 0,
      classes: Array.from({ length: 10 }, (_, i) => String(i)),
    });
    const rows = summary['rows'] as { name: string; mean: number; seconds: number }[];
    expect(rows.map(({ name }) => name)).toEqual(rowNames);
    expect(rows[3]!.mean).toBeGreaterThan(0.8); // 0.9 with this seed; chance is 0.1
    expect(summary.testAccuracy).toBe(rows[4]!.mean);
    const { images, asText, amongDigits } = summary['untrained'] as {
      images: number;
      asText: number;
      amongDigits: number;
    };
    expect(images).toBe(60);
    expect(asText).toBeGreaterThan(0.45);
    expect(amongDigits).toBeGreaterThan(asText);
    expect(summary.frozenTensors).toBeGreaterThan(50);
    expect(readdirSync(out).sort()).toEqual([
      'checkpoint',
      'labels.txt',
      'model.onnx',
      'predictions.png',
      'report.html',
      'summary.json',
    ]);
    expect((await new RunFiles(fileStorage(out)).summary()).classes).toHaveLength(10);
    expect(messages).toHaveLength(6); // one per method, none per epoch
    expect(log.mock.calls.flat().join('\n')).toMatch(
      /trained on 3 images per class +accuracy on 60 held-out images +seconds\n[─]+\nlogistic regression on pixels +[\d.]+ %/,
    );
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
});
