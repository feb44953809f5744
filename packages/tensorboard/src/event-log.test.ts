import { Linear, meanSquaredError } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import { fit } from '@graft/train';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { EventLog } from './event-log.ts';
import { histogramOf } from './histogram.ts';
import { tensorBoard } from './tensor-board.ts';

// Abridged from tensorboard 2.21: event.proto, summary.proto, tensor.proto, plugins/pr_curve/plugin_data.proto.
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value { SummaryMetadata metadata = 9; string tag = 1; oneof value { float simple_value = 2; Image image = 4; HistogramProto histo = 5; TensorProto tensor = 8; } }
    repeated Value value = 1;
  }
  message HistogramProto { double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5; repeated double bucket_limit = 6 [packed = true]; repeated double bucket = 7 [packed = true]; }
  message TensorShapeProto { message Dim { int64 size = 1; string name = 2; } repeated Dim dim = 2; }
  message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
  message SummaryMetadata { message PluginData { string plugin_name = 1; bytes content = 2; } PluginData plugin_data = 1; }
  message PrCurvePluginData { int32 version = 1; uint32 num_thresholds = 2; }
`,
  { keepCase: true },
);
// oxlint-disable-next-line no-explicit-any
type Read = any;

/** CRC-32C bit by bit, as in its definition. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) crc = ((crc ^ (byte >> bit)) & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1) >>> 0;
  return (crc ^ 0xffffffff) >>> 0;
}
const maskedSlowly = (bytes: Uint8Array): number =>
  Number((BigInt(((slowCrc(bytes) >>> 15) | (slowCrc(bytes) << 17)) >>> 0) + 0xa282ead8n) & 0xffffffffn);

/** Reads the events of a file and checks each CRC. */
function readEvents(file: Uint8Array): Read[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: Read[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedSlowly(file.subarray(at, at + 8)));
    const content = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedSlowly(content));
    events.push(root.lookupType('Event').toObject(root.lookupType('Event').decode(content), { longs: Number }));
    at += 16 + length;
  }
  return events;
}

const png = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADklEQVQImWNgaGD4zwAABAQBgNTRFEUAAAAASUVORK5CYII=',
    'base64',
  ),
);

test('all kinds of events can be read back, with valid CRCs', async () => {
  expect(slowCrc(new TextEncoder().encode('123456789'))).toBe(0xe3069283); // the check value of CRC-32C
  const storage = memoryStorage();
  const log = new EventLog({ storage, folder: 'run', now: () => 1_700_000_000_500 });
  log.scalar('epoch/loss', 0.25, 7);
  log.histogram('weights/a', [-1, 0.5, 0.25, Number.NaN], 7);
  log.image('samples/first', png, 8);
  log.prCurve('curve/a', [false, true, true, false], [0, 1, 0.5, 0.5], 9, 3);
  await log.flush();
  await log.flush();
  expect(await storage.list('run')).toEqual(['events.out.tfevents.1700000000.graft']);
  const [version, scalar, histogram, image, curve] = readEvents(
    await storage.read('run/events.out.tfevents.1700000000.graft'),
  );
  expect(version).toEqual({ wall_time: 1_700_000_000.5, file_version: 'brain.Event:2' });
  expect(scalar).toMatchObject({ step: 7, summary: { value: [{ tag: 'epoch/loss', simple_value: 0.25 }] } });
  const { histo } = histogram.summary.value[0] as Read;
  expect(histo).toMatchObject({ min: -1, max: 0.5, num: 3, sum: -0.25, sum_squares: 1.3125 });
  expect(histo.bucket.reduce((a: number, b: number) => a + b)).toBe(3);
  const { encoded_image_string: encoded, ...picture } = image.summary.value[0].image as Read;
  expect(picture).toEqual({ width: 2, height: 2, colorspace: 1 });
  expect(Uint8Array.from(encoded as Uint8Array)).toEqual(png);
  const { metadata, tensor } = curve.summary.value[0] as Read;
  expect(metadata.plugin_data.plugin_name).toBe('pr_curves');
  expect(
    root
      .lookupType('PrCurvePluginData')
      .toObject(root.lookupType('PrCurvePluginData').decode(metadata.plugin_data.content)),
  ).toEqual({ num_thresholds: 3 });
  expect(tensor.tensor_shape.dim).toEqual([{ size: 6 }, { size: 3 }]);
  const content = new Float32Array(Uint8Array.from(tensor.tensor_content as Uint8Array).buffer);
  // True and false positives, true and false negatives, precision, recall at 0, 0.5 and 1.
  expect([...content]).toEqual([2, 2, 1, 2, 1, 0, 0, 1, 2, 0, 0, 1, 0.5, Math.fround(2 / 3), 1, 1, 1, 0.5]);
});

test('the callback logs metrics of epochs, losses of steps, and weights', async () => {
  const storage = memoryStorage();
  const model = new Linear({ in: 2, out: 1 }).initialize(0);
  const batch = { inputs: Float32Array.of(1, 2, 3, 4), shape: [2, 2], labels: Int32Array.of(0, 1), indices: [0, 1] };
  const { log } = await fit({
    model,
    loss: meanSquaredError(),
    optimizer: new Optimizer(model, adam({ learningRate: 0.1 })),
    data: [batch, batch],
    epochs: 2,
    callbacks: [tensorBoard({ storage, steps: 2, histograms: 2 })],
  });
  const [name] = await storage.list('');
  const events = readEvents(await storage.read(name!))
    .slice(1)
    .map(({ step, summary }) => [step, summary.value[0].tag, summary.value[0].simple_value]);
  expect(events).toEqual([
    [2, 'step/loss', expect.any(Number)],
    [2, 'epoch/loss', Math.fround(log[0]!['loss']!)],
    [4, 'step/loss', expect.any(Number)],
    [4, 'epoch/loss', Math.fround(log[1]!['loss']!)],
    [4, 'weights/weight', undefined],
    [4, 'weights/bias', undefined],
  ]);
});

test('histograms count every finite number once', () => {
  const values = [0, 1e-300, -1e-300, 5, -5, 1e30, -1e30, Infinity, Number.NaN];
  const { num, bucket, bucketLimit, min, max } = histogramOf(values);
  expect([num, bucket.reduce((a, b) => a + b), min, max]).toEqual([7, 7, -1e30, 1e30]);
  expect(bucketLimit).toEqual([...bucketLimit].sort((a, b) => a - b));
  expect(bucketLimit.at(-1)! >= 1e30).toBe(true);
  expect(histogramOf([]).num).toBe(0);
});

test('invalid arguments are rejected', () => {
  const log = new EventLog({ storage: memoryStorage() });
  expect(() => log.image('a', Uint8Array.of(0xff, 0xd8), 0)).toThrow('The image "a" is not a PNG. Encode it as PNG.');
  expect(() => log.prCurve('c', [true], [], 0)).toThrow(
    'The curve "c" has 1 labels and 0 scores. Pass one of each per sample.',
  );
  expect(() => tensorBoard({})).toThrow('tensorBoard expects a storage or a log.');
  expect(() => tensorBoard({ log, steps: -1 })).toThrow(
    'tensorBoard expects "steps" to be a non-negative integer, got -1.',
  );
});
test('logs started in the same second write to different files', async () => {
  const storage = memoryStorage();
  for (let i = 0; i < 3; i++) {
    const log = new EventLog({ storage, now: () => 1_700_000_000_000 });
    for (const step of [0, 1]) {
      log.scalar('loss', i + 1, step);
      await log.flush();
    }
  }
  const names = await storage.list('');
  expect(names).toEqual(['', '.2', '.3'].map((end) => `events.out.tfevents.1700000000.graft${end}`));
  for (const [i, name] of names.entries())
    expect(
      readEvents(await storage.read(name))
        .slice(1)
        .map(({ summary }) => (summary as { value: { simple_value: number }[] }).value[0]!.simple_value),
    ).toEqual([i + 1, i + 1]);
});
