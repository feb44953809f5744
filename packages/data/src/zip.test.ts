import { expect, test } from 'vitest';
import { zipOf } from '../../../tools/testing/zip.mjs';
import { isZip, ZipArchive } from './index.ts';

const [short, long] = ['one', 'two '.repeat(10_000)];
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('stored and deflated files, with zip64 and a comment', async () => {
  for (const zip64 of [false, true]) {
    const bytes = zipOf(
      [
        { name: 'a/ü.txt', content: short, zip64 },
        { name: 'b', content: long, deflated: true, zip64 },
        { name: 'empty', content: '', zip64 },
      ],
      { zip64, comment: 'a comment' },
    );
    const archive = new ZipArchive(bytes);
    expect(isZip(bytes)).toBe(true);
    expect([...archive.entries.keys()]).toEqual(['a/ü.txt', 'b', 'empty']);
    expect(archive.entries.get('b')).toMatchObject({ bytes: long.length, method: 'deflated' });
    expect(text(archive.view('a/ü.txt'))).toBe(short);
    expect(text(await archive.read('a/ü.txt'))).toBe(short);
    expect(text(await archive.read('b'))).toBe(long);
    expect(archive.view('empty').length).toBe(0);
  }
});
test('an archive written by another program', async () => {
  // Written by Python's zipfile: ZipFile(f, 'w').writestr(ZipInfo('a'), 'x' * 50, ZIP_DEFLATED)
  const bytes = Buffer.from(
    'UEsDBBQAAAAIAAAAIQADimKsBgAAADIAAAABAAAAYauoIBUAAFBLAQIUAxQAAAAIAAAAIQADimKsBgAAADIAAAABAAAAAAAAAAAAAACAAQAAAABhUEsFBgAAAAABAAEALwAAACUAAAAAAA==',
    'base64',
  );
  expect(text(await new ZipArchive(bytes).read('a'))).toBe('x'.repeat(50));
});

const file = { name: 'a', content: short };
test.each([
  ['empty', new Uint8Array(), /no directory at its end/],
  ['zeros', new Uint8Array(100), /no directory at its end/],
  ['cut', zipOf([file]).subarray(0, 60), /no directory at its end/],
  ['bytes after the end', new Uint8Array([...zipOf([file]), 0]), /no directory at its end/],
  ['two files of one name', zipOf([file, { name: 'a', content: 'other' }]), /two files named "a"/],
  [
    'files that overlap',
    zipOf([file, { name: 'b', content: 'x', offset: 0, localName: 'b' }]),
    /another file than "b" at byte 0/,
  ],
  [
    'files at one place',
    zipOf([
      { ...file, bytes: 9, packedBytes: 9 },
      { name: 'b', content: 'x'.repeat(50) },
    ]),
    /the file "b" inside another/,
  ],
  ['an offset beyond the file', zipOf([{ ...file, offset: 2 ** 31 }]), /no file "a" at byte 2147483648/],
  ['an offset of 2^60', zipOf([{ ...file, offset: 2 ** 60, zip64: true }]), /no file "a" at byte 1152921504606847000/],
  ['a length of 2^40', zipOf([{ ...file, bytes: 2 ** 40, packedBytes: 2 ** 40, zip64: true }]), /1099511627776 bytes/],
  ['another length than packed', zipOf([{ ...file, bytes: 2 }]), /stores 2 bytes in 3/],
  ['an encrypted file', zipOf([{ ...file, flags: 1 }]), /encrypts the file "a"/],
  ['an unknown method', zipOf([{ ...file, method: 14 }]), /with method 14/],
  ['another name at the file', zipOf([{ ...file, localName: 'b' }]), /another file than "a"/],
  ['a million files', zipOf([file], { count: 2 ** 40, zip64: true }), /1099511627776 files/],
  ['more files than there are', zipOf([file], { count: 2 }), /directory of 2 files/],
  ['a directory beyond the file', zipOf([file], { offset: 2 ** 31 }), /at byte 2147483648/],
  ['a directory at 2^60', zipOf([file], { offset: 2 ** 60, zip64: true }), /at byte 1152921504606847000/],
])('%s is rejected', (_, bytes, reason) => {
  expect(() => new ZipArchive(bytes, '"x.zip"')).toThrow(reason);
  expect(() => new ZipArchive(bytes, '"x.zip"')).toThrow(
    /^Not a valid zip archive: "x\.zip" .* Use an undamaged copy\.$/,
  );
});
test.each([
  ['another checksum', { ...file, checksum: 1 }, /another checksum/],
  ['another checksum of a deflated file', { ...file, deflated: true, checksum: 1 }, /another checksum/],
  [
    'more than it says',
    { name: 'a', content: long, deflated: true, bytes: 10_000 },
    /more in "a" than the 10000 bytes/,
  ],
  [
    'less than it says',
    { name: 'a', content: long, deflated: true, bytes: 50_000 },
    /40000 bytes in "a", but says 50000/,
  ],
  ['more than deflate packs', { name: 'a', content: long, deflated: true, bytes: 2 ** 31 }, /impossible/],
  ['damaged data', { name: 'a', content: 'damaged', method: 8 }, /cannot be unpacked/],
])('a file with %s is rejected', async (_, one, reason) => {
  await expect(new ZipArchive(zipOf([one]), '"x.zip"').read('a')).rejects.toThrow(reason);
});
test('a missing file, a compressed view and a limit', async () => {
  const archive = new ZipArchive(zipOf([{ name: 'a', content: long, deflated: true }]), '"x.zip"');
  expect(() => archive.view('b')).toThrow('"x.zip" has no file "b".');
  expect(() => archive.view('a')).toThrow('"x.zip" compresses "a"');
  await expect(archive.read('a', { maxBytes: 100 })).rejects.toThrow('at most 100 are read');
});
