import { mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { ModelProto } from '../proto/schema.ts';
import { buildModel, floats } from '../testing/index.ts';
import { readOnnx } from './index.ts';

const folder = await mkdtemp(join(tmpdir(), 'graft-onnx-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(location: string, range: { offset?: number; length?: number } = {}): Promise<string> {
  const proto = ModelProto.decode(
    buildModel({
      inputs: { x: { shape: [1, 2] } },
      outputs: ['y'],
      constants: { w: floats([2, 2], [1, 2, 3, 4]) },
      nodes: [['MatMul', ['x', 'w'], ['y']]],
    }),
  );
  Object.assign(proto.graph!.initializer![0]!, {
    rawData: undefined,
    dataLocation: 1,
    externalData: Object.entries({ location, ...range }).map(([key, value]) => ({ key, value: String(value) })),
  });
  const path = join(folder, 'model.onnx');
  await writeFile(path, ModelProto.encode(proto));
  return path;
}

test('reads external weight files', async () => {
  const path = await fileWith('weights.bin');
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  expect(
    importOnnx(await readOnnx(path))
      .weights.get('w')!
      .value.numbers(),
  ).toEqual([1, 2, 3, 4]);
});
test('says which file is missing', async () =>
  expect(readOnnx(await fileWith('lost.bin'))).rejects.toThrow(
    'model.onnx stores weights in "lost.bin", which does not exist',
  ));
test('never leaves the folder', async () => {
  await expect(readOnnx(await fileWith('../weights.bin'))).rejects.toThrow("not inside the model's folder");
  const outside = await mkdtemp(join(tmpdir(), 'graft-outside-'));
  await writeFile(join(outside, 'secret'), 'x');
  await symlink(join(outside, 'secret'), join(folder, 'link.bin'));
  await expect(readOnnx(await fileWith('link.bin'))).rejects.toThrow('which is outside');
  await rm(outside, { recursive: true });
});

test('weights beyond 2 GiB are read without what is before them', async () => {
  const path = await fileWith('large.bin', { offset: 5 * 2 ** 29, length: 16 });
  const file = await open(join(folder, 'large.bin'), 'w');
  await file.write(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer), 0, 16, 5 * 2 ** 29); // what is before takes no room on the disk
  await file.close();
  expect(
    importOnnx(await readOnnx(path))
      .weights.get('w')!
      .value.numbers(),
  ).toEqual([1, 2, 3, 4]);
  await expect(
    readOnnx(await fileWith('large.bin', { offset: 5 * 2 ** 29, length: 17 })).then(importOnnx),
  ).rejects.toThrow('model.onnx: Tensor "w" needs bytes 2684354560 to 2684354577 of "large.bin", which has 2684354576');
});
test('folders are not weights', async () => {
  await mkdir(join(folder, 'inner'));
  await expect(readOnnx(await fileWith('inner'))).rejects.toThrow('which is not a file');
});
