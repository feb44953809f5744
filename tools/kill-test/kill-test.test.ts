import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { killRuns } from './kill-runs.mjs';

test('runs that are killed three times end in the bytes of one that was not', { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-kill-test-'));
  try {
    const command = [process.execPath, fileURLToPath(new URL('./graft-from-source.mjs', import.meta.url))];
    const { kills, runs } = await killRuns({ command, kills: 3, seed: 5, folder });
    expect({ kills, finished: runs > 0 }).toEqual({ kills: 3, finished: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
