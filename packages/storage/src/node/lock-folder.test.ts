import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { fileStorage } from './file-storage.ts';
import { lockFolder } from './lock-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'graft-lock-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const fresh = (): Promise<string> => mkdtemp(join(base, 'run-'));
const holder = (more: object): string => JSON.stringify({ pid: process.pid, host: hostname(), ...more });

test('only one process can hold the lock until it is released', async () => {
  const folder = await fresh();
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(
    `Process ${process.pid} is using "${folder}". Wait until it ends, use another folder, or remove "${join(folder, '.lock')}" if the process no longer exists.`,
  );
  await release();
  expect(readdirSync(folder)).toEqual([]);
  await (
    await lockFolder(folder)
  )();
});
test('exactly one of many concurrent calls gets the lock, free or left by a dead process', async () => {
  const { pid, exited } = ended();
  await exited;
  for (const left of [undefined, holder({ pid })]) {
    const folder = await fresh();
    if (left) writeFileSync(join(folder, '.lock'), left);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(folder, '.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['.lock']);
  }
});
test('a partial lock, or one of an earlier process with the same number, is taken over', async () => {
  for (const text of [
    '',
    '{"pid": 1',
    '{"pid": -1, "host": "x"}',
    ...(existsSync('/proc/self/stat') ? [holder({ began: 'another boot/1' })] : []),
  ]) {
    const folder = await fresh();
    writeFileSync(join(folder, '.lock'), text);
    await (
      await lockFolder(folder)
    )();
    expect(readdirSync(folder)).toEqual([]);
  }
});
test('readers never see a partial lock', async () => {
  const folder = await fresh();
  let [done, seen] = [false, 0];
  const looking = (async () => {
    for (; !done; await setImmediate()) {
      const text = await readFile(join(folder, '.lock'), 'utf8').catch(() => undefined);
      if (text !== undefined)
        expect(JSON.parse(text)).toMatchObject({
          pid: process.pid,
          host: hostname(),
          id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        });
      seen += Number(text !== undefined);
    }
  })();
  for (let i = 0; i < 200 || seen < 10; i++) await (await lockFolder(folder))();
  done = true;
  await looking;
  expect(seen).toBeGreaterThanOrEqual(10);
});
test('taking over a lock waits for another process that is doing so, unless that has died', async () => {
  const { pid, exited } = ended();
  await exited;
  const turnOf = (folder: string, text: string): string =>
    join(folder, `.lock.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`);
  const folder = await fresh();
  writeFileSync(join(folder, '.lock'), holder({ pid }));
  writeFileSync(turnOf(folder, holder({ pid })), holder({ pid, id: 'dead, too' }));
  await (
    await lockFolder(folder)
  )();
  expect(readdirSync(folder)).toEqual([]);

  const text = holder({ pid, id: 'again' });
  writeFileSync(join(folder, '.lock'), text);
  writeFileSync(turnOf(folder, text), holder({}));
  const [locking, late] = [lockFolder(folder), setTimeout(400, 'late')];
  expect(await Promise.race([locking, late])).toBe('late');
  // The other process resumes and removes both locks.
  rmSync(join(folder, '.lock'));
  rmSync(turnOf(folder, text));
  await (
    await locking
  )();
  expect(readdirSync(folder)).toEqual([]);
});
test('a planted lock on the removal of a damaged lock is named, not waited for without end', async () => {
  const folder = await fresh();
  writeFileSync(join(folder, '.lock'), 'x');
  const turn = `.lock.${createHash('sha256').update('x').digest('hex').slice(0, 16)}`;
  writeFileSync(join(folder, turn), JSON.stringify({ pid: 1, host: 'elsewhere' }));
  await expect(lockFolder(folder, 50)).rejects.toThrow(
    `Another process has been removing an old lock with "${join(folder, turn)}" for too long. Remove "${join(folder, '.lock')}"`,
  );
});
test('the lock of another machine is not taken over', async () => {
  const folder = await fresh();
  writeFileSync(join(folder, '.lock'), holder({ host: 'elsewhere', pid: 7 }));
  await expect(lockFolder(folder)).rejects.toThrow('Process 7 on elsewhere is using');
});
test.runIf(existsSync('/proc/self/ns/pid'))(
  'the lock of another container on this host is not taken over',
  async () => {
    const { pid, exited } = ended();
    await exited;
    const folder = await fresh();
    writeFileSync(join(folder, '.lock'), holder({ pid, space: 'pid:[1]' }));
    await expect(lockFolder(folder)).rejects.toThrow(`Process ${pid} is using`);
    writeFileSync(join(folder, '.lock'), holder({ pid, space: readlinkSync('/proc/self/ns/pid') }));
    await (
      await lockFolder(folder)
    )();
  },
);
test.skipIf(process.platform === 'win32')('a lock that is a pipe or a folder is refused', async () => {
  for (const make of [(path: string) => execFileSync('mkfifo', [path]), (path: string) => mkdirSync(path)]) {
    const folder = await fresh();
    make(join(folder, '.lock'));
    await expect(fileStorage(folder).lock()).rejects.toThrow(
      new Error(`The lock "${join(folder, '.lock')}" is not a file. Remove it.`),
    );
  }
});

/** Starts a process that ends at once. */
function ended(): { pid: number; exited: Promise<unknown> } {
  const child = spawn(process.execPath, ['-e', '']);
  return { pid: child.pid!, exited: new Promise((done) => child.on('exit', done)) };
}
