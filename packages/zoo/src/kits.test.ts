import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { fileSource, npmSource } from './node/index.ts';
import { describeModelSource } from './testing/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-source-'));
const bytes = new TextEncoder().encode('a model');
writeFileSync(join(folder, 'model.onnx'), bytes);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeModelSource(fileSource, {
  url: pathToFileURL(join(folder, 'model.onnx')).href,
  bytes,
  refused: [pathToFileURL(join(folder, 'none.onnx')).href, pathToFileURL(folder).href],
});

const manifest = createRequire(import.meta.url).resolve('undici/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
describeModelSource(npmSource, {
  url: `npm:undici@${version}/package.json`,
  bytes: new Uint8Array(readFileSync(manifest)),
  context: { from: [dirname(new URL(import.meta.url).pathname)] },
  refused: [`npm:undici@${version}/none.onnx`, `npm:undici@${version}/../package.json`, 'npm:undici/package.json'],
});
