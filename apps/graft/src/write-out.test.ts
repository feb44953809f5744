import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel } from '@graft/onnx/testing';
import { expect, test } from 'vitest';
import { graft, workFolder } from '../test/workbench.ts';

const folder = workFolder();
const escape = '\u001b]0;owned\u0007\u001b[2J\u202E';

test('control characters in the names of a file do not reach the terminal', async () => {
  const path = join(folder, 'model.onnx');
  writeFileSync(
    path,
    buildModel({
      inputs: { [`x${escape}`]: { shape: ['N', 3, 8, 8] } },
      outputs: [`y${escape}`],
      nodes: [['Relu', [`x${escape}`], [`y${escape}`], {}, `node${escape}`]],
    }),
  );
  const photos = join(folder, `photos${escape}`);
  mkdirSync(join(photos, `cat${escape}`), { recursive: true });
  writeFileSync(join(photos, `cat${escape}`, `1${escape}.jpg`), 'no');
  for (const args of [
    ['inspect', path],
    ['inspect', path, '--json'],
    ['doctor', path],
    ['doctor', path, '--data', photos],
    ['finetune', '--model', path, '--data', photos, '--size', '8', '--out', join(folder, 'run')],
    ['evaluate', photos, '--data', photos],
    ['models', 'info', escape],
    [escape],
    ['inspect', path, `--${escape}`],
  ]) {
    const { stdout, stderr } = await graft(args);
    expect(stdout + stderr).toMatch(/\\u001b|graft/);
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
  }
});
