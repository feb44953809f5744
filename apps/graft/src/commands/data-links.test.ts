import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
const [photos, data, files, run] = ['photos', 'data', 'files', 'run'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
  string,
];
/** A folder whose classes are links to folders, and one whose images are links to files. */
beforeAll(async () => {
  await colourFolder(photos, 4);
  mkdirSync(data);
  for (const colour of ['blue', 'green', 'red']) {
    symlinkSync(join(photos, colour), join(data, colour), 'junction');
    mkdirSync(join(files, colour), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const name = `${i}.${i % 2 ? 'png' : 'jpg'}`;
      symlinkSync(join(photos, colour, name), join(files, colour, name));
    }
  }
});
const train = ['finetune', '--model', model, '--mean', '0.5', '--std', '0.5', '--epochs', '2', '--views', '1'];

test('without --follow-links, links out of the data are refused, and the message names the flag', async () => {
  for (const place of [data, files]) {
    const { code, stderr } = await graft([...train, '--data', place, '--out', join(folder, 'refused')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ is a link to ".*", outside ".*"\. Replace the link with a copy, or set --follow-links if/);
  }
  const { stderr } = await graft(['doctor', model, '--data', data]);
  expect(stderr).toContain('set --follow-links');
});

test('with --follow-links, every command that reads data follows them', async () => {
  const plain = join(folder, 'plain');
  expect((await graft([...train, '--data', photos, '--out', plain])).code).toBe(0);
  for (const place of [data, files]) {
    const out = `${run}-${place === data ? 'folders' : 'files'}`;
    const { code, stderr } = await graft([...train, '--data', place, '--out', out, '--follow-links']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('9 training images, 3 held out')]);
    expect(readFileSync(join(out, 'model.onnx')).equals(readFileSync(join(plain, 'model.onnx')))).toBe(true);
  }
  for (const [command, expected] of [
    [['evaluate', plain, '--data', data], /^accuracy|\b12\b/m],
    [['predict', data, '--model', plain], /blue[/\\]0\.jpg/],
    [
      ['export', plain, '--int8', '--data', data, '--out', join(folder, 'small.onnx')],
      /on 3 held-out images; calibrated on 9 training/,
    ],
    [['preview', '--data', data, '--transforms', 'digits', '--out', join(folder, 'sheet.png')], /8 images/],
    [['doctor', model, '--data', data], /--data \S+data --follow-links/],
    [['lr-find', '--model', model, '--data', data, '--steps', '20', '--mean', '0.5', '--std', '0.5'], /learning rate/],
    [['models', 'recommend', model, '--data', data, '--folds', '2'], /--data \S+data --follow-links/],
  ] as const) {
    expect((await graft(command)).stderr).toMatch(/--follow-links/);
    const { code, stdout, stderr } = await graft([...command, '--follow-links']);
    expect([command[0], code, stderr.match(/is a link/)]).toEqual([command[0], 0, null]);
    expect(stdout).toMatch(expected);
  }
});
