/** Encodes a tar entry; `size` overrides the size in its header. */
export function tarEntry(
  name: string,
  content: Uint8Array | string = '',
  { type = '0', prefix = '', size }: { type?: string; prefix?: string; size?: string } = {},
): Buffer {
  const body = Buffer.from(content as string);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(size ?? body.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345, 155);
  header.write('        ', 148);
  header.write(
    header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0'),
    148,
  );
  header[154] = 0;
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** Encodes an archive: entries and the end-of-archive marker. */
export const packTar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)]);
