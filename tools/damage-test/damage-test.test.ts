import { expect, test } from 'vitest';
import { graft, workFolder } from '../../apps/graft/test/workbench.ts';
import { damageRuns, fewDamages } from './damage-runs.mjs';

const folder = workFolder();

test(
  'each file of a finished and of a stopped run cut in the middle or zeroed: the right answer, or a sentence, and nothing is lost',
  { timeout: 240_000 },
  async () => {
    const { damages, looks, answered, refused } = await damageRuns({ graft, folder, damages: fewDamages });
    expect(looks).toBe(5 * damages);
    expect(answered + refused).toBe(looks);
    expect(damages).toBeGreaterThan(30);
    expect(answered).toBeGreaterThan(60);
  },
);
