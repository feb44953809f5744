import { memoryStorage } from '@graft/storage';
import { classification } from '@graft/tasks';
import { expect, test } from 'vitest';
import { serveRun } from './serve-run.ts';

test('the page is served while the run works, and closed whether it ends or fails', async () => {
  const storage = memoryStorage();
  const addresses: string[] = [];
  const options = { title: 'a run', port: 0, storage, onAddress: (address: string) => addresses.push(address) };
  const result = await serveRun(options, async (watcher) => {
    const page = await fetch(addresses[0]!);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('a run')]);
    watcher.onPrepared({
      objective: classification,
      data: { names: ['a', 'b'], examples: [] },
      heldOut: [],
      backbone: { feed: { show: async () => ({}) } },
    });
    return { scores: { accuracy: 0.5 }, more: 1 };
  });
  expect(result.more).toBe(1);
  await expect(
    serveRun(options, async () => {
      throw new Error('on purpose');
    }),
  ).rejects.toThrow('on purpose');
  for (const address of addresses) await expect(fetch(address)).rejects.toThrow('fetch failed');
});
