import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { imageFiles } from './image-files.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'graft-files-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const put = (...path: string[]): string => {
  const file = join(base, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
};

test('lists images in all subfolders, sorted, without hidden and other files', async () => {
  const files = [put('a', 'b.JPG'), put('a', 'deep', 'er', 'c.png'), put('a', 'x.webp')];
  for (const other of [
    ['a', 'notes.txt'],
    ['a', '.hidden.png'],
    ['a', '.git', 'd.png'],
  ])
    put(...other);
  expect(await imageFiles(join(base, 'a'))).toEqual(files.map((path) => ({ path })));
  mkdirSync(join(base, 'none'));
  expect(await imageFiles(join(base, 'none'))).toEqual([]);
});
test.runIf(process.platform !== 'win32')(
  'follows links to a parent folder once, and reports broken links and links to other folders',
  async () => {
    const [file, outside] = [put('links', 'in', 'a.png'), put('elsewhere', 'secret.png')];
    symlinkSync(join(base, 'links'), join(base, 'links', 'in', 'up'));
    symlinkSync(join(base, 'gone.png'), join(base, 'links', 'gone.png'));
    symlinkSync(outside, join(base, 'links', 'out.png'));
    const found = await imageFiles(join(base, 'links'));
    expect(found.map(({ path }) => path)).toEqual([
      join(base, 'links', 'gone.png'),
      file,
      join(base, 'links', 'out.png'),
    ]);
    expect(found[0]!.reason).toContain('is a broken link.');
    expect(found[2]!.reason).toContain(`is a link to "${outside}", outside "`);
    symlinkSync(join(base, 'elsewhere'), join(base, 'links', 'folder'));
    const [folder] = await imageFiles(join(base, 'links'));
    expect(folder!.reason).toContain(`is a link to "${join(base, 'elsewhere')}", outside "`);
  },
);
test('rejects missing folders and files', async () => {
  await expect(imageFiles(join(base, 'missing'))).rejects.toThrow(
    /^The image folder ".*missing" does not exist\. Pass a folder of images\.$/,
  );
  await expect(imageFiles(put('a', 'x.webp'))).rejects.toThrow(/is a file\. Pass a folder of images\./);
});
