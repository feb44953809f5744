import { expect, test } from 'vitest';
import { inUtf8 } from './in-utf8.ts';

/** The text and the warnings of bytes that come in parts of a size. */
async function read(bytes: Uint8Array, size = 2 ** 16): Promise<{ text: string; warnings: string[] }> {
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const warnings: string[] = [];
  const found: Uint8Array[] = [];
  for await (const part of inUtf8(parts(), { name: '"a.csv"', onWarning: (message) => warnings.push(message) }))
    found.push(part);
  return { text: Buffer.concat(found).toString('utf8'), warnings };
}
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

// Encoded by Python's codecs cp1252, utf-16-be, cp1251 and shift_jis.
const western =
  '706174682c6c6162656c0a666f746f732f73747261df652e706e672c848c75767265932066fc72203520800af12e706e672c8e699e6b61209620ff0a';
const chinese =
  '8def5f84002c68077b7e000a56fe002f0031002e0070006e0067002c732b0020d83ddc08000a56fe002f0032002e0070006e0067002c72d7000a';
const cyrillic = '706174682c6c6162656c0a612e706e672ccff0e8e2e5f20a';
const japanese = '706174682c6c6162656c0a612e706e672c93fa967b8cea835c0a';

test.each([1, 2, 3, 7, 2 ** 16])(
  'Windows-1252 in parts of %d bytes is decoded, and named in a warning',
  async (size) => {
    const { text, warnings } = await read(hex(western), size);
    expect(text).toBe('path,label\nfotos/straße.png,„Œuvre“ für 5 €\nñ.png,Žižka – ÿ\n');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^"a\.csv" is not UTF-8, and is read as Windows-1252: ".+"\. If its letters are wrong/);
    if (size > 99) expect(warnings[0]).toContain('"fotos/straße.png"');
  },
);

test.each([
  ['big endian', hex(chinese)],
  ['little endian', new Uint8Array(Buffer.from(hex(chinese)).swap16())],
  ['big endian with a byte order mark', Buffer.concat([hex('feff'), hex(chinese)])],
  ['little endian with a byte order mark', Buffer.concat([hex('feff'), hex(chinese)]).swap16()],
])('UTF-16, %s, is recognised', async (_, bytes) => {
  const expected = '路径,标签\n图/1.png,猫 🐈\n图/2.png,狗\n';
  // The first part of a file decides, which is not shorter than the file or 64 KiB.
  expect(await read(bytes)).toEqual({ text: expected, warnings: [] });
});

test('characters of UTF-16 may be split between parts', async () => {
  const long = `a,b\n${'🐈,é\n'.repeat(5000)}`;
  const bytes = Buffer.from(long, 'utf16le');
  for (const size of [101, 4097]) expect((await read(bytes, size)).text).toBe(long);
  await expect(read(bytes.subarray(0, -1))).rejects.toThrow('"a.csv" has damaged characters in UTF-16LE. Save it');
});

test.each([1, 2, 3, 5, 2 ** 16])('UTF-8 in parts of %d bytes is not changed', async (size) => {
  const text = '\uFEFFpath,label\n日本/é.png,🐈\na\0b,ü\n';
  expect(await read(Buffer.from(text), size)).toEqual({ text, warnings: [] });
});

test('what no encoding explains is refused', async () => {
  // Cyrillic letters are letters of Windows-1252, too: the warning shows them.
  expect((await read(hex(cyrillic))).warnings[0]).toContain('"Ïðèâåò"');
  await expect(read(Buffer.concat([hex(japanese), hex('8fac')]))).rejects.toThrow(
    '"a.csv" is neither UTF-8, UTF-16 nor Windows-1252. Save it as UTF-8.',
  );
  await expect(read(Buffer.from([...Buffer.from('é,b\n'), 0xe9, 0x0a]), 5)).rejects.toThrow(
    'after characters that are',
  );
  await expect(read(Buffer.from([0x50, 0x4b, 3, 4, 0xe9, 0, 1]))).rejects.toThrow('is neither UTF-8');
});
