import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, graft, put, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const data = join(folder, 'colours');
beforeAll(() => colourFolder(data));
const pixel = async (path: string, x: number, y: number): Promise<number[]> => [
  ...(await sharp(path).extract({ left: x, top: y, width: 1, height: 1 }).raw().toBuffer()),
];

test('draws images from the whole folder next to their views', async () => {
  const out = join(folder, 'new', 'sheet.png');
  const { code, stdout, stderr } = await graft([
    'preview',
    '--data',
    data,
    '--transforms',
    '["invert"]',
    '--out',
    out,
    '--count',
    '3',
    '--views',
    '2',
  ]);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `3 images with 2 augmented views each: ${out}\n`,
    stderr: '',
  });
  const { width, height } = await sharp(out).metadata();
  expect([width, height]).toEqual([3 * 152 + 16, 3 * 172 + 8]);
  const middle = 8 + 72;
  for (const [row, strongest] of [
    [0, 2],
    [1, 1],
    [2, 0],
  ] as const) {
    // blue, green, red
    const [original, view] = [
      await pixel(out, middle, middle + row * 172),
      await pixel(out, middle + 160, middle + row * 172),
    ];
    expect(original.indexOf(Math.max(...original))).toBe(strongest);
    expect(Math.max(...original.map((value, c) => Math.abs(255 - value - view[c]!)))).toBeLessThan(3);
  }
});
test('takes presets and files, and draws the same sheet for the same seed', async () => {
  const config = put('[{"name": "rotate", "degrees": 40}, "gaussianNoise"]', folder, 'transforms.json');
  const sheet = async (transforms: string, seed: string): Promise<Buffer> => {
    const out = join(folder, 'again.png');
    expect(
      await graft([
        'preview',
        '--data',
        data,
        '--transforms',
        transforms,
        '--out',
        out,
        '--count',
        '2',
        '--views',
        '2',
        '--seed',
        seed,
      ]),
    ).toMatchObject({ code: 0, stderr: '' });
    return readFileSync(out);
  };
  const first = await sheet(config, '1');
  expect(await sheet(config, '1')).toEqual(first);
  expect(await sheet(config, '2')).not.toEqual(first);
  for (const preset of ['imagenet', 'digits', 'documents'])
    expect((await sheet(preset, '1')).length).toBeGreaterThan(1000);
});
test('unreadable images are reported and left out', async () => {
  const broken = join(folder, 'broken');
  await colourFolder(broken, 1);
  const path = put('no image', broken, 'green', '0.jpg');
  expect(
    await graft(['preview', '--data', broken, '--transforms', 'digits', '--out', join(folder, 'b.png')]),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 images/),
    stderr: expect.stringMatching(/^graft: ".*0\.jpg" is not an image in a known format/),
  });
  for (const name of ['blue', 'red']) put('no image', broken, name, '0.jpg');
  expect(
    (await graft(['preview', '--data', broken, '--transforms', 'digits', '--out', join(folder, 'c.png')])).stderr,
  ).toContain(`graft: None of the 3 images of "${broken}" can be read. Repair or remove them.\n`);
  expect(path).toContain('green');
});
test.each([
  ['nothing.json', 'graft: "nothing.json" is neither a preset (imagenet, digits, documents, wholeImage) nor a file.'],
  [
    '[1]',
    'graft: --transforms expects a JSON list of names or of objects with a "name", such as ["horizontalFlip", {"name": "rotate", "degrees": 15}], got [1].',
  ],
  ['["rotat"]', 'Did you mean "rotate"?'],
  ['[{"name":"rotate","degree":3}]', 'rotate has no option "degree". Did you mean "degrees"?'],
  ['[', 'graft: --transforms expects a JSON list'],
])('--transforms %s', async (transforms, message) => {
  const { code, stderr } = await graft([
    'preview',
    '--data',
    data,
    '--transforms',
    transforms,
    '--out',
    join(folder, 'x.png'),
  ]);
  expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 });
  expect(stderr).toContain(message);
});
