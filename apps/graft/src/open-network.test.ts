import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '@graft/onnx';
import { expect, test } from 'vitest';
import { colourFolder, graft, put, runInOnnxruntime, tinyBackbone, workFolder } from '../test/workbench.ts';

const folder = workFolder();

interface Field {
  readonly number: number;
  /** Set if it is length-delimited. */
  readonly content?: Uint8Array;
  readonly bytes: Uint8Array;
}
/** The fields of a protobuf message of varints and length-delimited fields. */
function fieldsOf(message: Uint8Array): Field[] {
  let at = 0;
  const varint = (): number => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = message[at++]!;
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  };
  const fields: Field[] = [];
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const length = varint();
    if (tag % 8 === 2)
      fields.push({
        number: tag >> 3,
        content: message.subarray(at, (at += length)),
        bytes: message.subarray(start, at),
      });
    else fields.push({ number: tag >> 3, bytes: message.subarray(start, at) });
  }
  return fields;
}
const varint = (value: number): number[] =>
  value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))];
const field = (number: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
const text = (value: string): Uint8Array => Buffer.from(value);

/** A model whose tensors are in a separate file, as PyTorch writes large ones (TensorProto: raw_data 9, external_data 13, data_location 14). */
function withExternalWeights(model: Uint8Array, location: string): { model: Uint8Array; weights: Uint8Array } {
  const parts: Uint8Array[] = [];
  const entry = (key: string, value: string): Uint8Array =>
    field(13, Buffer.concat([field(1, text(key)), field(2, text(value))]));
  const moved = (tensor: Uint8Array): Uint8Array => {
    const raw = fieldsOf(tensor).find(({ number }) => number === 9)!.content!;
    const offset = parts.reduce((sum, { length }) => sum + length, 0);
    parts.push(raw);
    const place = [entry('location', location), entry('offset', String(offset)), entry('length', String(raw.length))];
    return Buffer.concat([
      ...fieldsOf(tensor)
        .filter(({ number }) => number !== 9)
        .map(({ bytes }) => bytes),
      ...place,
      Uint8Array.of(14 * 8, 1),
    ]);
  };
  const graph = (bytes: Uint8Array): Uint8Array =>
    Buffer.concat(fieldsOf(bytes).map((one) => (one.number === 5 ? field(5, moved(one.content!)) : one.bytes)));
  const made = Buffer.concat(
    fieldsOf(model).map((one) => (one.number === 7 ? field(7, graph(one.content!)) : one.bytes)),
  );
  return { model: made, weights: Buffer.concat(parts) };
}

test('weights in a separate file are read, and part of the written model', async () => {
  const { model, weights } = withExternalWeights(tinyBackbone({ side: 16 }), 'tiny.onnx.data');
  const path = put(model, folder, 'tiny.onnx');
  const args = [
    'finetune',
    '--model',
    path,
    '--data',
    await colourFolder(join(folder, 'colours'), 3),
    '--out',
    join(folder, 'run'),
    '--epochs',
    '2',
  ];
  expect(await graft(args)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /stores weights in "tiny\.onnx\.data", which does not exist in .*\. Copy it there\.\n$/,
    ),
  });
  put(weights, folder, 'tiny.onnx.data');
  expect((await graft(['inspect', path])).stdout).toMatch(/pooled +GlobalAveragePool +16/);
  expect(await graft(args)).toMatchObject({ code: 0 });
  const written = new Uint8Array(readFileSync(join(folder, 'run', 'model.onnx')));
  expect(readModel(written).constants.size).toBe(4);
  expect(await runInOnnxruntime(written, new Float32Array(768).fill(0.5), [1, 3, 16, 16])).toHaveLength(3);
});
