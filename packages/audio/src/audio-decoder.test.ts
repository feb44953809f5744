import { expect, test } from 'vitest';
import { decodeSound, wavDecoder } from './audio-decoder.ts';
import { encodeWav } from './encode-wav.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0));
const ogg = {
  name: 'ogg',
  extensions: ['.ogg'],
  recognises: (head: Uint8Array) => head[0] === 0x4f,
  decode: async () => ({ samples: Float32Array.of(0.5), rate: 8000 }),
};

test('the first decoder that recognises a file decodes it', async () => {
  const wave = { samples: Float32Array.of(0, 0.5), rate: 8000 };
  expect(await decodeSound(encodeWav(wave), 'a.wav', [wavDecoder, ogg])).toEqual(wave);
  expect(await decodeSound(bytes('OggS'), 'a.ogg', [wavDecoder, ogg])).toEqual({
    samples: Float32Array.of(0.5),
    rate: 8000,
  });
});
test('a format that is known but not decoded is named, with the extension point', async () => {
  await expect(decodeSound(bytes('ID3\x04'), 'a.mp3')).rejects.toThrow(
    '"a.mp3" is an MP3 file, and only .wav can be decoded. Convert it to WAV, or install a plugin that adds an audioDecoder.',
  );
  await expect(decodeSound(bytes('\xff\xfb\x90'), 'b')).rejects.toThrow('"b" is an MP3 file');
  await expect(decodeSound(bytes('fLaC\0'), 'c')).rejects.toThrow('"c" is a FLAC file');
  await expect(decodeSound(bytes('OggS'), 'd', [wavDecoder])).rejects.toThrow('"d" is an Ogg file');
  await expect(decodeSound(bytes('hello'), 'e', [wavDecoder, ogg])).rejects.toThrow(
    '"e" is not a sound: .wav, .ogg can be decoded.',
  );
  await expect(decodeSound(new Uint8Array(), 'f')).rejects.toThrow('"f" is empty.');
});
test("a plugin's decoder must return samples and a rate", async () => {
  const broken = { ...ogg, decode: () => ({ samples: new Float32Array(), rate: NaN }) };
  await expect(decodeSound(bytes('OggS'), 'a.ogg', [broken])).rejects.toThrow(
    '"a.ogg" was decoded to 0 samples at NaN per second.',
  );
});
