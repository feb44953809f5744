// @ts-check

/**
 * A WAV file with these samples and any header, however wrong.
 * @param {Uint8Array} data
 * @param {{ code?: number, channels?: number, rate?: number, bits?: number, block?: number, riff?: string, size?: number, long?: bigint }} [fields] `size` of the samples, or `long` for RF64
 */
export function wavFile(
  data,
  {
    code = 1,
    channels = 1,
    rate = 8000,
    bits = 16,
    block = (channels * bits) / 8,
    riff = 'RIFF',
    size = data.length,
    long,
  } = {},
) {
  const format = Buffer.alloc(24);
  format.write('fmt ');
  format.writeUInt32LE(16, 4);
  format.writeUInt16LE(code, 8);
  format.writeUInt16LE(channels, 10);
  format.writeUInt32LE(rate, 12);
  format.writeUInt16LE(block % 2 ** 16, 20);
  format.writeUInt16LE(bits, 22);
  const sizes = Buffer.alloc(long === undefined ? 0 : 36);
  if (long !== undefined) {
    sizes.write('ds64');
    sizes.writeUInt32LE(28, 4);
    sizes.writeBigUInt64LE(long, 16);
  }
  const head = Buffer.alloc(8);
  head.write('data');
  head.writeUInt32LE(size, 4);
  return new Uint8Array(Buffer.concat([Buffer.from(`${riff}\0\0\0\0WAVE`), sizes, format, head, data]));
}
