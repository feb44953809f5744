// @ts-check
import { imageFolder } from '@graft/data/node';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate } from '../measure.mjs';

const [classes, perClass] = [100, 1000];

/** Listing 100,000 images, with a target of less than a second, compared with plain readdir. */
export async function* imageListing(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = 'image folder, 100,000 files';
  if (!wanted(name)) return;
  const root = mkdtempSync(join(tmpdir(), 'graft-bench-images-'));
  try {
    const folders = Array.from({ length: classes }, (_, k) => join(root, `class ${k}`));
    for (const folder of folders) {
      mkdirSync(folder);
      for (let n = 0; n < perClass; n++) writeFileSync(join(folder, `image ${n}.jpg`), '');
    }
    const before = process.memoryUsage().rss;
    const held = await imageFolder(root);
    const megabytes = (process.memoryUsage().rss - before) / 1e6;
    const { graft, peer } = await alternate(
      {
        graft: () => imageFolder(root),
        peer: () => folders.forEach((folder) => readdirSync(folder, { withFileTypes: true })),
      },
      { rounds: quick ? 3 : 10, warmUp: 1 },
    );
    const [own, theirs] = [graft, peer].map((time) => (classes * perClass) / (time?.median ?? Number.NaN));
    yield {
      name,
      graft: own ?? 0,
      peer: 'readdir',
      peerValue: theirs ?? 0,
      unit: 'files/ms',
      ratio: (own ?? 0) / (theirs ?? 1),
      target: null,
    };
    yield {
      name: `${name}: memory of ${held.length.toLocaleString('en')} paths`,
      graft: megabytes,
      peer: 'the bound of 100 MB',
      peerValue: 100,
      unit: 'MB',
      ratio: 100 / megabytes,
      target: 1,
    };
    yield {
      name: `${name}: time`,
      graft: graft?.median ?? 0,
      peer: 'the bound of a second',
      peerValue: 1000,
      unit: 'ms',
      ratio: 1000 / (graft?.median ?? Number.NaN),
      target: 1,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
