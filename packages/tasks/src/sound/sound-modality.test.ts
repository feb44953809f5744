import { type AudioDecoder, audioDecoder, audioPlugin, decodeWav, encodeWav, LogMel, type Wave } from '@graft/audio';
import { dataPlugin, type NamedBatch } from '@graft/data';
import { Conv1d, Conv2d, Flatten, GlobalAvgPool, layersPlugin, Linear, Module, ReLU, Sequential } from '@graft/layers';
import { exportOnnx, onnxPlugin, readModel } from '@graft/onnx';
import { buildModel } from '@graft/onnx/testing';
import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { integers, gather, mean, Random, tensor, toNumbers, transpose, unsqueeze } from '@graft/tensor';
import { expect, test } from 'vitest';
import { relativeDifference } from '../../../../tools/testing/relative-difference.ts';
import { runInOnnxruntime } from '../../../../tools/testing/run-in-onnxruntime.ts';
import type { Feed, Network } from '../modality.ts';
import { classification } from '../objectives/classification.ts';
import { WrongModality } from '../wrong-modality.ts';
import { soundModality, type SoundOptions } from './sound-modality.ts';

const ogg: AudioDecoder = {
  name: 'ogg',
  extensions: ['.ogg'],
  recognises: (head) => head[0] === 0x4f,
  decode: () => ({ samples: Float32Array.of(1), rate: 16_000 }),
};
const oggPlugin = definePlugin({ name: 'ogg', apiVersion, contributes: [audioDecoder(ogg)] });
const app = await createApp([layersPlugin, dataPlugin, onnxPlugin, audioPlugin, oggPlugin]);
type Dims = readonly (number | string)[];

/** A network of maps [batch, bands, frames], and a classifier of 3 classes. */
const classifier = (bands: number): Module =>
  new Sequential(
    new Conv1d({ in: bands, out: 6, kernel: 3 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 6, out: 3 }),
  );
const onImages = (channels: number): Module =>
  new Sequential(
    new Conv2d({ in: channels, out: 4, kernel: 3, stride: 2 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 4, out: 2 }),
  );
class OfWaves extends Module {
  readonly layers = new Sequential(
    new Conv1d({ in: 1, out: 4, kernel: 400, stride: 160 }),
    new GlobalAvgPool(),
    new Flatten(),
  );
  override forward(x: Parameters<Module['forward']>[0]): ReturnType<Module['forward']> {
    return this.layers.forward(x.rank === 3 ? x : unsqueeze(x, [1]));
  }
}
class FramesFirst extends Module {
  readonly layers = classifier(40);
  override forward(x: Parameters<Module['forward']>[0]): ReturnType<Module['forward']> {
    return this.layers.forward(transpose(x, [0, 2, 1]));
  }
}

async function networkOf(module: Module, shape: Dims, more: Partial<Network> = {}): Promise<Network> {
  const model = await exportOnnx(module.initialize(3), { inputs: { x: { shape } }, sizes: { S: 1600, T: 20 } });
  return { card: undefined, file: readModel({ name: 'net', model }), ...more };
}
const planned = async (
  module: Module,
  shape: Dims,
  options: SoundOptions = {},
  more: Partial<Network> = {},
): Promise<Feed<unknown, Float32Array>> =>
  soundModality(options, app).feed(await networkOf(module, shape, more), classification) as Promise<
    Feed<unknown, Float32Array>
  >;
const beside = (config: object): Partial<Network> => ({
  companion: async (name) =>
    name === 'preprocessor_config.json' ? new TextEncoder().encode(JSON.stringify(config)) : undefined,
});
const card = (sound: object): Partial<Network> =>
  ({ card: { name: 'net', sound, cutPoints: [] } }) as unknown as Partial<Network>;
const noise = (length: number): Float32Array => {
  const random = new Random(5);
  return Float32Array.from({ length }, () => 0.1 * random.normal());
};
const evaluated = async (feed: Feed<unknown, Float32Array>, wave: Wave): Promise<Float32Array> =>
  feed.evaluation(await feed.read({ name: 'a', ...wave }), new Random(0));

test('a network of waves gets clips of its own length, or of the option seconds', async () => {
  const fixed = await planned(new OfWaves(), ['N', 4000]);
  expect(fixed.inputs).toEqual({ x: { shape: [4000], dtype: 'float32' } });
  expect(fixed.preprocessing).toEqual({ rate: 16_000, samples: 4000 });
  expect(fixed.assumptions).toEqual([
    '"net" does not say its sampling rate, so 16000 samples per second are used. Set the option rate of the modality sound if it was trained with another one.',
  ]);
  const nested = await planned(new OfWaves(), ['N', 1, 'S'], { rate: 8000, seconds: 0.5 });
  expect(nested.inputs).toEqual({ x: { shape: [1, 4000], dtype: 'float32' } });
  expect(nested.assumptions).toEqual([]);
  const open = await planned(new OfWaves(), ['N', 'S'], { rate: 8000 });
  expect(open.preprocessing).toEqual({ rate: 8000, samples: 16_000 });
  expect(open.assumptions).toEqual([
    '"net" takes sounds of any length, so clips of 2 seconds are used. Set the option seconds of the modality sound to the length of yours.',
  ]);
  const { data, shape } = Object.values(
    (nested.collate([{ input: new Float32Array(4000).fill(1), label: 1 }], [0]) as NamedBatch).inputs,
  )[0]!;
  expect([shape, data.length]).toEqual([[1, 1, 4000], 4000]);
});
test('a network of 16-bit floats is fed with 32 bits, as it is computed', async () => {
  const model = buildModel({
    inputs: { x: { dtype: 'float16', shape: ['N', 1600] } },
    outputs: ['h'],
    nodes: [['ReduceMean', ['x'], ['h']]],
  });
  const feed = await soundModality({}, app).feed({ card: undefined, file: readModel(model) }, classification);
  expect(feed.inputs).toEqual({ x: { shape: [1600], dtype: 'float32' } });
});
test.each<[string, Module, Dims, number, number]>([
  ['bands first', classifier(40), ['N', 40, 50], 40, 8000],
  ['frames first', new FramesFirst(), ['N', 50, 40], 40, 8000],
  ['one channel', onImages(1), ['N', 1, 64, 30], 64, 4800],
  ['an open number of frames', classifier(80), ['N', 80, 'T'], 80, 32_000],
])(
  'a network of spectrograms takes waves after its spectrogram is put in front: %s',
  async (_, module, shape, bands, samples) => {
    const { file, inputs, preprocessing, assumptions, description, frozen, cut } = await planned(module, shape, {
      rate: 16_000,
    });
    expect(inputs).toEqual({ wave: { shape: [samples], dtype: 'float32' } });
    expect(preprocessing).toEqual({ rate: 16_000, samples, spectrogram: true });
    expect(assumptions[0]).toBe(
      `"net" does not say how its spectrogram is computed, so ${bands} mel bands of 400 samples every 160 samples are used. Set the option mel of the modality sound if it was trained with others.`,
    );
    expect(description).toContain(`frames of ${bands} mel bands itself`);
    expect(cut).toBeUndefined();
    expect(frozen).toEqual(['logMel.fourier', 'logMel.filters']);
    const mel = new LogMel({ rate: 16_000, fft: 512, window: 400, hop: 160, mels: bands });
    const wave = noise(2 * samples);
    let map = mel.forward(tensor(wave, { shape: [2, samples] }));
    const frames = Math.floor(samples / 160) + (shape.includes('T') ? 1 : 0);
    map = gather(map, integers(Array.from({ length: frames }, (__, i) => i)), 2);
    const order =
      module instanceof FramesFirst ? transpose(map, [0, 2, 1]) : shape.length === 4 ? unsqueeze(map, [1]) : map;
    const expected = toNumbers(module.forward(order).arraySync(), 'float32');
    const found = await runInOnnxruntime(file.bytes, wave, [2, samples]);
    expect(relativeDifference(found, expected)).toBeLessThan(1e-4);
  },
);
test('a longer clip is cut into windows inside the model, whose features it returns one after another', async () => {
  const module = classifier(40);
  const feed = await planned(module, ['N', 40, 20], {
    rate: 16_000,
    seconds: 0.5,
    windowHop: 6,
    mel: { fft: 512, hop: 160, center: 'none' },
  });
  const { file, cut, frozen, preprocessing, description } = feed;
  expect(preprocessing).toEqual({ rate: 16_000, samples: 8000, spectrogram: true });
  expect(description).toContain('the model computes 5 windows of 20 frames of 40 mel bands itself');
  expect(cut).toBe('window_features');
  expect(frozen).toEqual(['logMel.fourier', 'logMel.filters']);
  const wave = noise(16_000);
  const mel = new LogMel({ rate: 16_000, fft: 512, hop: 160, mels: 40, center: 'none' });
  const map = mel.forward(tensor(wave, { shape: [2, 8000] }));
  const starts = [0, 6, 12, 18, 24];
  const features = starts.map((start) => {
    const part = gather(map, integers(Array.from({ length: 20 }, (_, i) => start + i)), 2);
    const [first, second] = (module as Sequential).layers as [Module, Module];
    return toNumbers(mean(second.forward(first.forward(part)), 2).arraySync(), 'float32');
  });
  const expected = [0, 1].flatMap((n) => features.flatMap((one) => one.slice(6 * n, 6 * n + 6)));
  const found = await runInOnnxruntime(file.bytes, wave, [2, 8000]);
  expect(found.length).toBe(2 * 5 * 6);
  expect(relativeDifference(found, expected)).toBeLessThan(1e-4);
});
test('the card comes before preprocessor_config.json, and options before both', async () => {
  const settings = card({ rate: 8000, seconds: 0.25, normalize: true, amplitude: 2 });
  const feed = await planned(new OfWaves(), ['N', 'S'], { seconds: 0.5 }, settings);
  expect(feed.preprocessing).toEqual({ rate: 8000, samples: 4000, amplitude: 2, normalize: true });
  expect(feed.description).toBe(
    'waves of 0.5 s at 8000 samples per second (from its card) with mean 0 and variance 1; the loudest part of longer sounds, shorter ones centred in silence',
  );
  const wav2vec = beside({
    feature_extractor_type: 'Wav2Vec2FeatureExtractor',
    sampling_rate: 8000,
    do_normalize: true,
  });
  expect((await planned(new OfWaves(), ['N', 3200], {}, wav2vec)).preprocessing).toEqual({
    rate: 8000,
    samples: 3200,
    normalize: true,
  });
  const whisper = beside({
    feature_extractor_type: 'WhisperFeatureExtractor',
    sampling_rate: 16_000,
    n_fft: 400,
    hop_length: 160,
    feature_size: 80,
  });
  const { assumptions, preprocessing } = await planned(classifier(80), ['N', 80, 30], {}, whisper);
  expect(assumptions).toEqual([]);
  expect(preprocessing).toEqual({ rate: 16_000, samples: 4800, spectrogram: true });
  await expect(planned(new OfWaves(), ['N', 'S'], {}, beside({ sampling_rate: 3 }))).rejects.toThrow(
    '"net" has a preprocessor_config.json next to it whose "sampling_rate" must be an integer from 1000 to 768000, got 3.',
  );
  await expect(
    planned(
      classifier(80),
      ['N', 80, 30],
      {},
      beside({ feature_extractor_type: 'WhisperFeatureExtractor', sampling_rate: 16_000 }),
    ),
  ).rejects.toThrow('whose "n_fft" must be an integer');
  await expect(planned(new OfWaves(), ['N', 'S'], {}, card({ rate: 1 }))).rejects.toThrow(
    'The model card of "net" expects rate to be an integer from 1000 to 768000, got 1.',
  );
  await expect(planned(new OfWaves(), ['N', 'S'], {}, card({ rte: 8000 }))).rejects.toThrow('has no option "rte"');
});
test('an image, numbers and texts are another modality; a map may be declared a spectrogram', async () => {
  const refusal = async (module: Module, shape: Dims, options?: SoundOptions): Promise<unknown> =>
    planned(module, shape, options).catch((error: unknown) => error);
  for (const [module, shape] of [
    [onImages(3), ['N', 3, 64, 50]],
    [onImages(1), ['N', 1, 28, 28]],
    [onImages(1), ['N', 1, 64, 64]],
    [new Linear({ in: 8, out: 2 }), ['N', 8]],
    [new Linear({ in: 784, out: 2 }), ['N', 784]],
  ] as const) {
    const error = await refusal(module, shape);
    expect(error).toBeInstanceOf(WrongModality);
    expect((error as Error).message).toMatch(/^"net" takes .+\.$/);
  }
  const feed = await planned(onImages(3), ['N', 3, 64, 50], { mel: { mels: 64 }, rate: 8000 });
  expect(feed.inputs).toEqual({ wave: { shape: [4000], dtype: 'float32' } });
  expect(((await refusal(onImages(1), ['N', 1, 28, 28], { mel: { mels: 40 } })) as Error).message).toBe(
    '"net" takes 28×28 values, none of which are the 40 bands of mel. Set the option mel of the modality sound to the number that it takes.',
  );
});
test.each<[SoundOptions, string]>([
  [{ rate: 10 }, 'The modality "sound" expects rate to be an integer from 1000 to 768000, got 10.'],
  [{ seconds: 0 }, 'expects seconds to be a number from 0.02 to 600, got 0.'],
  [{ amplitude: -1 }, 'expects amplitude to be a number above 0, got -1.'],
  [{ windowHop: 0 }, 'expects windowHop to be an integer of 1 or more, got 0.'],
  [{ mel: { band: 3 } as object }, 'band'],
])('%j is refused', (options, message) => {
  expect(() => soundModality(options, app)).toThrow(message);
});
test('options that do not fit the network are refused', async () => {
  await expect(planned(new OfWaves(), ['N', 4000], { seconds: 1 })).rejects.toThrow(
    '"net" takes 4000 samples, which are 0.25 s at 16000 samples per second, but seconds is 1. Leave seconds out.',
  );
  await expect(planned(new OfWaves(), ['N', 4000], { mel: { mels: 40 } })).rejects.toThrow('mel does not apply');
  await expect(planned(classifier(40), ['N', 40, 'T'], { seconds: 4, mel: { hop: 1 } })).rejects.toThrow(
    'A clip of "net" has 64001 frames, and at most 32768 are supported. Lower seconds, or raise the hop of mel.',
  );
  await expect(planned(classifier(40), ['N', 40, 'T'], { seconds: 2, mel: { hop: 1, fft: 4096 } })).rejects.toThrow(
    /^The spectrogram of a clip of "net" takes 5\.4e\+11 multiplications, and at most 1\.7e\+10/,
  );
  await expect(planned(classifier(40), ['N', 40, 20], { seconds: 20, windowHop: 1 })).rejects.toThrow(
    'A clip of "net" has 1982 windows of 20 frames, and at most 1024 are supported. Raise the option windowHop, or lower the option seconds.',
  );
  await expect(planned(classifier(40), ['N', 40, 50], { seconds: 0.1 })).rejects.toThrow(
    '"net" takes 50 frames, which need 0.5 s, but seconds is 0.1. Raise it, or leave it out.',
  );
});
test('a sound is resampled; its loudest part is used, and a short one is centred', async () => {
  const feed = await planned(new OfWaves(), ['N', 1600], { rate: 8000 });
  const long = new Float32Array(8000);
  long.fill(0.5, 5000, 6600);
  expect(await evaluated(feed, { samples: long, rate: 8000 })).toEqual(new Float32Array(1600).fill(0.5));
  const short = await evaluated(feed, { samples: new Float32Array(800).fill(1), rate: 8000 });
  expect([short.indexOf(1), short.lastIndexOf(1), short.length]).toEqual([400, 1199, 1600]);
  const faster = await evaluated(feed, { samples: new Float32Array(1600).fill(1), rate: 16_000 });
  expect(Math.abs(faster[800]! - 1)).toBeLessThan(1e-3);
  expect([faster[390], faster[1210]]).toEqual([0, 0]);
  const before = await feed.read({ name: 'a', samples: long, rate: 8000 });
  expect(before.length).toBe(1920);
  const shifted = feed.training(before, new Random(1)) as Float32Array;
  expect(shifted).toEqual(feed.training(before, new Random(1)));
  expect(shifted).not.toEqual(feed.training(before, new Random(2)));
});
test('without transforms, training changes nothing; transforms of other modalities are refused', async () => {
  const plain = await planned(new OfWaves(), ['N', 1600], { transforms: [] });
  expect(plain.training).toBe(plain.evaluation);
  const noisy = await planned(new OfWaves(), ['N', 1600], { transforms: [{ name: 'whiteNoise', decibels: [0, 0] }] });
  const wave = await noisy.read({ name: 'a', samples: noise(1600), rate: 16_000 });
  expect(noisy.training(wave, new Random(1))).not.toEqual(noisy.evaluation(wave, new Random(1)));
  await expect(planned(new OfWaves(), ['N', 1600], { transforms: ['rotate'] })).rejects.toThrow('rotate');
});
test('normalised clips have mean 0 and variance 1, and samples are scaled by the amplitude', async () => {
  const normal = await planned(new OfWaves(), ['N', 1600], { normalize: true });
  const clip = await evaluated(normal, { samples: noise(1600).map((value) => value + 3), rate: 16_000 });
  const average = clip.reduce((sum, value) => sum + value, 0) / 1600;
  expect(Math.abs(average)).toBeLessThan(1e-5);
  expect(clip.reduce((sum, value) => sum + value * value, 0) / 1600).toBeCloseTo(1, 4);
  const loud = await planned(new OfWaves(), ['N', 1600], { amplitude: 32_768 });
  const [first] = await evaluated(loud, { samples: new Float32Array(1600).fill(0.25), rate: 16_000 });
  expect(first).toBe(8192);
});
test('sounds are files, bytes, blobs or waves; plugins add extensions', async () => {
  const modality = soundModality({}, app);
  expect(modality.extensions).toEqual(['.wav', '.ogg']);
  const wave: Wave = { samples: Float32Array.of(0.5, 0.25), rate: 16_000 };
  expect(modality.recognises!(encodeWav(wave).subarray(0, 32))).toBe(true);
  expect(modality.recognises!(new Uint8Array(32))).toBe(false);
  expect(modality.nameOf(modality.inputFrom(wave))).toBe('2 samples');
  expect(modality.nameOf(modality.inputFrom(encodeWav(wave)))).toBe('the sound');
  expect(() => modality.inputFrom(7)).toThrow('Expected a sound. Pass a path');
  const feed = await planned(new OfWaves(), ['N', 1600]);
  await expect(feed.read({ name: 'a.wav', bytes: async () => new Uint8Array(3) })).rejects.toThrow(
    '"a.wav" is not a sound',
  );
  await expect(
    feed.read({ name: 'b.wav', bytes: async () => encodeWav({ samples: new Float32Array(2 ** 22), rate: 1000 }) }),
  ).rejects.toThrow('"b.wav" has 67108864 samples at the 16000 Hz of the network, and at most 16777216 are supported.');
  await expect(feed.read(modality.inputFrom({ samples: Float32Array.of(NaN), rate: 8000 }))).rejects.toThrow(
    '"1 samples" must be finite numbers',
  );
  const { picture, recording } = await feed.show(modality.inputFrom({ samples: noise(4000), rate: 16_000 }));
  expect(picture!.type).toBe('image/png');
  expect(decodeWav(recording!.bytes).samples.length).toBe(1600);
  const long = await planned(new OfWaves(), ['N', 'S'], { seconds: 6 });
  expect(await long.show(modality.inputFrom({ samples: noise(96_000), rate: 16_000 }))).not.toHaveProperty('recording');
  const examples = { columns: ['Audio', 'label'], file: (path: string) => ({ name: path }) } as unknown as Parameters<
    typeof modality.inputOf
  >[1];
  expect(modality.inputOf({ place: 'row 1', fields: { Audio: 'a.wav' } }, examples)).toEqual({ name: 'a.wav' });
});
test('an exported model is fed as it was trained, and its preprocessing is checked', async () => {
  const model = await exportOnnx(new OfWaves().initialize(1), {
    inputs: { x: { shape: ['N', 4000] } },
    preprocessing: { rate: 8000, samples: 4000 },
    metadata: { modality: 'sound' },
  });
  const network: Network = { card: undefined, file: readModel({ name: 'net', model }) };
  const feed = await soundModality({}, app).feed(network, classification);
  expect(feed.preprocessing).toEqual({ rate: 8000, samples: 4000 });
  expect(feed.assumptions).toEqual([]);
  await expect(soundModality({ rate: 16_000 }, app).feed(network, classification)).rejects.toThrow(
    '"net" was trained with rate 8000, so rate cannot be changed. Leave it out.',
  );
  const modality = soundModality({}, app);
  expect((await modality.restore({ rate: 8000, samples: 4000 }, network, classification)).inputs).toEqual(feed.inputs);
  for (const damaged of [
    null,
    {},
    { rate: 8000 },
    { rate: 8000, samples: 1e12 },
    { rate: 8000, samples: 4000, normalize: 1 },
  ])
    await expect(modality.restore(damaged, network, classification)).rejects.toThrow(
      'does not say under "preprocessing"',
    );
  await expect(modality.restore({ rate: 8000, samples: 4001 }, network, classification)).rejects.toThrow(
    /^does not belong to the model, which takes 4000 samples, but its preprocessing is that of waves of 4001 samples$/,
  );
});
