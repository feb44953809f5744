// @ts-check
// Pickles made opcode by opcode, for files that no Python program writes.
import { zipOf } from './zip.mjs';

/** @typedef {Uint8Array | readonly number[]} Code opcodes and their arguments */

/** @param {...Code} parts @returns {Uint8Array} of protocol 2, with its end */
export const pickleOf = (...parts) => Buffer.concat([[0x80, 2], ...parts, [0x2e]].map((part) => Buffer.from(part)));

/** @param {string} value */
export const text = (value) => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('X'), length, bytes]);
};
/** @param {number | bigint} value */
export const integer = (value) => {
  const code = Buffer.alloc(10);
  code.set([0x8a, 8]);
  code.writeBigInt64LE(BigInt(value), 2);
  return code;
};
/** @param {...Code} items */
export const tuple = (...items) =>
  Buffer.concat([Buffer.from('('), ...items.map((item) => Buffer.from(item)), Buffer.from('t')]);
/** @param {...(readonly [Code, Code])} pairs */
export const dict = (...pairs) =>
  Buffer.concat([Buffer.from('}('), ...pairs.flat().map((item) => Buffer.from(item)), Buffer.from('u')]);
/** A function or class. @param {string} module @param {string} name */
export const named = (module, name) => Buffer.from(`c${module}\n${name}\n`);
/** @param {Code} callee @param {...Code} args */
export const call = (callee, ...args) => Buffer.concat([Buffer.from(callee), tuple(...args), Buffer.from('R')]);

/** A tensor of float32. @param {{ key?: string, length?: number, offset?: number, shape?: readonly number[], strides?: readonly number[], type?: string }} [options] */
export const tensor = ({ key = '0', length = 4, offset = 0, shape = [4], strides = [1], type = 'FloatStorage' } = {}) =>
  call(
    named('torch._utils', '_rebuild_tensor_v2'),
    Buffer.concat([
      tuple(text('storage'), named('torch', type), text(key), text('cpu'), integer(length)),
      Buffer.from('Q'),
    ]),
    integer(offset),
    tuple(...shape.map(integer)),
    tuple(...strides.map(integer)),
    [0x89],
    dict(),
  );

/** A checkpoint around a pickle. @param {Uint8Array} pickle @param {Readonly<Record<string, Uint8Array>>} [storages] @param {readonly import('./zip.mjs').ZipFile[]} [others] */
export const checkpointOf = (pickle, storages = { 0: new Uint8Array(16) }, others = []) =>
  zipOf([
    { name: 'x/data.pkl', content: pickle },
    { name: 'x/byteorder', content: 'little' },
    ...Object.entries(storages).map(([key, content]) => ({ name: `x/data/${key}`, content })),
    { name: 'x/version', content: '3\n' },
    ...others,
  ]);
