// @ts-check
import { execFileSync } from 'node:child_process';
import { copyFileSync, createWriteStream, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  csvRows,
  imageTable,
  jsonLines,
  multiLabelTable,
  readIdx,
  regressionTable,
  tarSamples,
} from '@graft/data/node';
import { leftOut, refused, works } from '../case.mjs';

/** @typedef {import('../case.mjs').Case} Case */
/** @typedef {import('../case.mjs').Outcome} Outcome */

/** Reads all rows. @param {string} file @returns {NonNullable<Case['read']>} */
const rowsOf = (file) => async (folder, work) => {
  let count = 0;
  for await (const row of file.endsWith('.csv') ? csvRows(join(folder, file)) : jsonLines(join(folder, file))) {
    count++;
    work({ steps: 1, bytes: 0 });
    if (Object.getPrototypeOf(row) !== Object.prototype && Object.getPrototypeOf(row) !== null)
      throw new Error('"a row" lost its prototype.');
  }
  return `${count} rows`;
};
/** Reads a table of classes. @param {string} file @returns {NonNullable<Case['read']>} */
const classesOf = (file) => async (folder, work) => {
  const { length, classes, quarantined } = await imageTable(join(folder, file));
  work({ steps: length });
  return `${length} images of ${classes.join(', ')}. ${quarantined.map(({ reason }) => reason).join(' ')}`;
};

/** A case with one table. @param {string} name @param {string} file @param {string | Uint8Array | (() => string | Uint8Array)} content @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const table = (name, file, content, outcome, more = {}) => ({
  name: `${file}: ${name}`,
  file,
  files: (folder) => writeFileSync(join(folder, file), typeof content === 'function' ? content() : content),
  read: rowsOf(file),
  outcome,
  ...more,
});
/** A table of classes with usual rows, and others. @param {string} name @param {readonly string[]} rows @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const classes = (name, rows, outcome, more = {}) =>
  table(
    name,
    'train.csv',
    ['path,label', 'a.png,cat', 'b.png,dog', 'c.png,dog', 'd.png,cat', ...rows, ''].join('\n'),
    outcome,
    { read: classesOf('train.csv'), ...more },
  );

/** An entry of a tar archive. @param {string} name @param {Uint8Array | string} content @param {{ size?: string, type?: string, sum?: string }} [options] */
function tarEntry(name, content, { size, type = '0', sum } = {}) {
  const body = Buffer.from(/** @type {string} */ (content));
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(size ?? body.length.toString(8).padStart(11, '0'), 124, 12);
  header.write(type, 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.fill(0x20, 148, 156);
  header.write(
    sum ??
      header
        .reduce((total, byte) => total + byte, 0)
        .toString(8)
        .padStart(6, '0'),
    148,
  );
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
const endOfTar = Buffer.alloc(1024);
/** A case with one shard. @param {string} name @param {() => Uint8Array} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const shard = (name, make, outcome, { file = 'shard.tar', ...more } = {}) => ({
  name: `shard: ${name}`,
  file,
  files: (folder) => writeFileSync(join(folder, file), make()),
  async read(folder, work) {
    let [samples, said] = [0, ''];
    for await (const sample of tarSamples(join(folder, file)).samples()) {
      samples++;
      if (sample instanceof Error || 'message' in sample)
        said += /** @type {Error} */ (/** @type {unknown} */ (sample)).message;
      work({ steps: 1 });
    }
    return `${samples} samples ${said}`;
  },
  outcome,
  ...more,
});

/** @param {string} name @param {() => Uint8Array} make @param {Outcome} outcome @param {Partial<Case>} [more] @returns {Case} */
const idx = (name, make, outcome, { file = 'images.idx', ...more } = {}) => ({
  name: `IDX: ${name}`,
  file,
  files: (folder) => writeFileSync(join(folder, file), make()),
  read: async (folder, work) => work({ bytes: (await readIdx(join(folder, file))).data.byteLength }),
  outcome,
  ...more,
});
/** Writes the same bytes again and again. @param {string} path @param {string | Uint8Array} content @param {number} times */
async function writeRepeated(path, content, times) {
  const stream = createWriteStream(path);
  for (let i = 0; i < times; i++) if (!stream.write(content)) await once(stream, 'drain');
  stream.end();
  await once(stream, 'close');
}

const csv = refused(/not a valid CSV/);
/** @type {readonly Case[]} */
export const tables = [
  table('empty', 'a.csv', '', works(/0 rows/)),
  table('a header alone', 'a.csv', 'path,label\n', works(/0 rows/)),
  table('zeros', 'a.csv', Buffer.alloc(10_000), works()),
  table('a zero byte in a cell', 'a.csv', 'path,label\na\0.png,cat\n', works(/1 rows/)),
  table('a byte order mark', 'a.csv', '\uFEFFpath,label\na.png,cat\n', works(/1 rows/)),
  table('UTF-16', 'a.csv', Buffer.from('\uFEFFpath,label\na.png,cat\n', 'utf16le'), works(/1 rows/)),
  table(
    'bytes that are not UTF-8',
    'a.csv',
    Buffer.from([...Buffer.from('path,label\n'), 0xff, 0x81, 0x2c, 0x61, 0x0a]),
    refused(/neither UTF-8/),
  ),
  table('a quote that is never closed', 'a.csv', 'path,label\n"a.png,cat\nb.png,dog\n', csv),
  table('a quote that is never closed, 200 MB', 'a.csv', '', csv, {
    heavy: true,
    files: async (folder) => {
      writeFileSync(join(folder, 'a.csv'), 'path,label\n"');
      await writeRepeated(join(folder, 'b.csv'), 'a'.repeat(2 ** 20), 200);
      execFileSync('sh', ['-c', 'cat b.csv >> a.csv && rm b.csv'], { cwd: folder });
    },
  }),
  table('a quote in the middle of a cell', 'a.csv', 'path,label\na"b.png,cat\n', csv),
  table('a row with more cells', 'a.csv', 'path,label\na.png,cat,more\n', csv),
  table('a row with fewer cells', 'a.csv', 'path,label\na.png\n', csv),
  table(
    'a million columns',
    'a.csv',
    () => `${Array.from({ length: 1e6 }, (_, i) => `c${i}`).join(',')}\n${','.repeat(1e6 - 1)}\n`,
    csv,
    { heavy: true },
  ),
  table('a million columns in a row of a table with two', 'a.csv', () => `path,label\n${'x,'.repeat(1e6)}\n`, csv),
  table('a column twice', 'a.csv', 'path,label,label\na.png,cat,dog\n', refused(/label/)),
  table('a column without a name', 'a.csv', 'path,,\na.png,cat,dog\n', works()),
  table(
    'columns named __proto__ and constructor',
    'a.csv',
    'path,__proto__,constructor\na.png,cat,dog\n',
    works(/1 rows/),
  ),
  table('a line of 100 MB', 'a.csv', '', refused(/longer|characters|bytes|long/), {
    heavy: true,
    files: async (folder) => writeRepeated(join(folder, 'a.csv'), 'a'.repeat(2 ** 20), 100),
  }),
  table('carriage returns alone', 'a.csv', 'path,label\ra.png,cat\rb.png,dog\r', works(/2 rows/)),
  table(
    'a spreadsheet',
    'a.csv',
    () => Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(2000, 7)]),
    works(),
  ),
  table('an HTML page', 'a.csv', '<!doctype html>\n<title>404, not found</title>\n', csv),
  // JSON lines
  table('empty', 'a.jsonl', '', works(/0 rows/)),
  table('a list', 'a.jsonl', '[{"path":"a.png"}]\n', refused(/Line 1/)),
  table('a text', 'a.jsonl', 'hello\n', refused(/Line 1/)),
  table('null', 'a.jsonl', 'null\n', refused(/Line 1/)),
  table('half an object', 'a.jsonl', '{"path":"a.png"}\n{"path":\n', refused(/Line 2/)),
  table('a million brackets', 'a.jsonl', () => `${'['.repeat(1e6)}\n`, refused(/Line 1/)),
  table(
    'an object a hundred thousand levels deep',
    'a.jsonl',
    () => `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}\n`,
    works(),
  ),
  table('__proto__', 'a.jsonl', '{"__proto__":{"path":"a.png"},"path":"b.png"}\n', works(/1 rows/)),
  table('control characters', 'a.jsonl', '\u001b[2J\u202e{"path"\n', refused(/Line 1/)),
  table('a byte order mark in the middle', 'a.jsonl', '{"path":"a"}\n\uFEFF{"path":"b"}\n', works(/2 rows/)),
  table('a line of 100 MB', 'a.jsonl', '', refused(/Line 1/), {
    heavy: true,
    files: async (folder) => writeRepeated(join(folder, 'a.jsonl'), 'a'.repeat(2 ** 20), 100),
  }),
  table('a line of 600 MB', 'a.jsonl', '', refused(/long|longer|characters|Line 1/), {
    heavy: true,
    files: async (folder) => writeRepeated(join(folder, 'a.jsonl'), 'a'.repeat(2 ** 20), 600),
  }),
  // Rows of images
  classes('a path out of the folder', ['../elsewhere/secret.txt,cat'], leftOut(/not a file inside/)),
  classes('an absolute path', ['/etc/passwd,cat'], leftOut(/not a file inside/)),
  classes('a path with a zero byte', ['a\0.png,cat'], leftOut(/not a file inside/)),
  classes('a path of dots', ['a/../../elsewhere/secret.txt,cat', '.,dog', '..,dog'], leftOut(/not a file inside/)),
  classes('an address', ['https://example.com/a.png,cat'], works(/5 images/)),
  classes(
    'a class named __proto__',
    ['e.png,__proto__', 'f.png,constructor', 'g.png,hasOwnProperty'],
    works(/__proto__/),
  ),
  classes('cells without a class', ['e.png,', ',cat'], leftOut(/nothing in "label"[^]*nothing in "path"/)),
  classes(
    'nothing but wrong rows',
    Array.from({ length: 20 }, () => '../x.png,cat'),
    refused(/20 of 24 rows/),
  ),
  classes('a class of a hundred thousand characters', [`e.png,${'c'.repeat(100_000)}`], works()),
  table('one class', 'train.csv', 'path,label\na.png,cat\n', refused(/two or more/), { read: classesOf('train.csv') }),
  table('no column of paths', 'train.csv', 'file,label\na.png,cat\n', refused(/has no "path"/), {
    read: classesOf('train.csv'),
  }),
  table(
    'a thousand columns and none of them path',
    'train.csv',
    () => `${Array.from({ length: 1000 }, (_, i) => `column-${i}`).join(',')}\n${','.repeat(999)}\n`,
    refused(/has no "path"/),
    { read: classesOf('train.csv') },
  ),
  table(
    'numbers that are none',
    'train.csv',
    'path,target\na.png,Infinity\nb.png,1e999\nc.png,0x10\nd.png,1e39\ne.png,12\nf.png,13\ng.png,1\nh.png,2\ni.png,2\n',
    leftOut(/must have a number/),
    {
      read: async (folder) =>
        (await regressionTable(join(folder, 'train.csv'))).quarantined.map(({ reason }) => reason).join(' '),
    },
  ),
  table(
    'labels that are broken JSON',
    'train.csv',
    'path,labels\na.png,[1\nb.png,x|y\nc.png,"[{""a"":1}]"\nd.png,y\ne.png,x\n',
    leftOut(/must have class names/),
    {
      read: async (folder) =>
        (await multiLabelTable(join(folder, 'train.csv'))).quarantined.map(({ reason }) => reason).join(' '),
    },
  ),
  {
    name: 'a pipe named train.csv',
    file: 'train.csv',
    files: (folder) => execFileSync('mkfifo', [join(folder, 'train.csv')]),
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    outcome: refused(/not a file/),
  },
  {
    name: 'a link to /dev/zero named train.csv',
    file: 'train.csv',
    files: (folder) => symlinkSync('/dev/zero', join(folder, 'train.csv')),
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    outcome: refused(/not a file/),
  },
  {
    name: 'a folder named train.csv',
    file: 'train.csv',
    files: (folder) => mkdirSync(join(folder, 'train.csv')),
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    outcome: refused(/not a file/),
  },
  {
    name: 'finetune: a table of paths that lead out of it',
    file: 'train.csv',
    files: (folder) =>
      writeFileSync(
        join(folder, 'train.csv'),
        `path,label\n${Array.from({ length: 12 }, (_, i) => `../elsewhere/secret.txt,${i % 2 ? 'cat' : 'dog'}\n`).join('')}`,
      ),
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    writes: 'run',
    outcome: refused(/inside|outside/),
  },
  {
    name: 'finetune: links out of the folder in a table',
    file: 'a.png',
    files: (folder) => {
      symlinkSync('../elsewhere/secret.txt', join(folder, 'a.png'));
      writeFileSync(
        join(folder, 'train.csv'),
        `path,label\n${Array.from({ length: 12 }, (_, i) => `a.png,${i % 2 ? 'cat' : 'dog'}\n`).join('')}`,
      );
    },
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    writes: 'run',
    outcome: refused(/outside/),
  },
  {
    name: 'finetune: a table of 2 million rows, and Ctrl+C',
    files: async (folder) => {
      writeFileSync(join(folder, 'h.csv'), 'path,label\n');
      await writeRepeated(join(folder, 'b.csv'), 'a.png,cat\nb.png,dog\n'.repeat(10_000), 100);
      execFileSync('sh', ['-c', 'cat h.csv b.csv > train.csv && rm h.csv b.csv'], { cwd: folder });
    },
    command: (_, { model }) => ['finetune', '--model', model, '--data', 'train.csv', '--out', 'run'],
    interrupt: true,
    writes: 'run',
    outcome: works(),
  },
  // Tar shards
  shard('empty', () => Buffer.alloc(0), refused(/end-of-archive/)),
  shard('a path out of it', () => Buffer.concat([tarEntry('../a.png', 'x'), endOfTar]), refused(/not inside/)),
  shard('an absolute path', () => Buffer.concat([tarEntry('/etc/a.png', 'x'), endOfTar]), refused(/not inside/)),
  shard('a drive', () => Buffer.concat([tarEntry('c:/a.png', 'x'), endOfTar]), refused(/not inside/)),
  shard('a link', () => Buffer.concat([tarEntry('a.png', '', { type: '2' }), endOfTar]), works(/0 samples/)),
  shard(
    'an entry of 8 GiB that ends at once',
    () => tarEntry('a.png', 'x', { size: '77777777777' }),
    refused(/limit|ends/),
  ),
  shard('a size that is not octal', () => tarEntry('a.png', 'x', { size: '0000000009z' }), refused(/number/)),
  shard('a negative base-256 size', () => tarEntry('a.png', 'x', { size: '\xff\xff\xff\xff' }), refused(/./)),
  shard('a wrong checksum', () => tarEntry('a.png', 'x', { sum: '000000' }), refused(/broken|checksum/)),
  shard('noise', () => Buffer.alloc(5000, 7), refused(/broken|checksum/)),
  shard(
    'fields named __proto__',
    () => Buffer.concat([tarEntry('0.__proto__', 'x'), tarEntry('0.cls', '1'), endOfTar]),
    works(/1 samples/),
  ),
  shard(
    'a class that is not a number',
    () => Buffer.concat([tarEntry('0.cls', '1e99'), tarEntry('1.cls', '1'), endOfTar]),
    leftOut(/class index/),
  ),
  shard(
    'a file twice',
    () => Buffer.concat([tarEntry('0.cls', '1'), tarEntry('0.cls', '2'), endOfTar]),
    leftOut(/two files/),
  ),
  shard(
    'an extended header of 100 MB',
    () => tarEntry('x', Buffer.alloc(100_000_000, 0x20), { type: 'x' }),
    refused(/limit/),
    { heavy: true },
  ),
  shard(
    'a bomb of gzip',
    () =>
      gzipSync(
        Buffer.concat([
          tarEntry('a.png', Buffer.alloc(300_000_000)),
          tarEntry('b.png', Buffer.alloc(300_000_000)),
          tarEntry('c.png', Buffer.alloc(300_000_000)),
          endOfTar,
        ]),
        { level: 9 },
      ),
    refused(/limit/),
    { file: 'shard.tgz', heavy: true },
  ),
  shard(
    'a bomb of gzip, each file at the limit',
    () =>
      gzipSync(
        Buffer.concat([...Array.from({ length: 6 }, (_, i) => tarEntry(`${i}.png`, Buffer.alloc(2 ** 28))), endOfTar]),
      ),
    works(),
    { file: 'shard.tgz', heavy: true },
  ),
  shard(
    'gzip with a wrong checksum',
    () => {
      const packed = gzipSync(Buffer.concat([tarEntry('a.png', 'x'), endOfTar]));
      packed[packed.length - 6] = ~(packed[packed.length - 6] ?? 0);
      return packed;
    },
    refused(/incorrect|check|corrupt/),
    { file: 'shard.tgz' },
  ),
  // IDX
  idx('empty', () => Buffer.alloc(0), refused(/header/)),
  idx('2^32 images of 2^32 pixels', () => Buffer.from('00000803ffffffffffffffffffffffff', 'hex'), refused(/at most/)),
  idx('255 dimensions', () => Buffer.from('000008ff00000001', 'hex'), refused(/at most 16/)),
  idx(
    'sizes that overflow to a few bytes',
    () => Buffer.from('0000080480000000800000000000000400000000', 'hex'),
    works(),
  ),
  idx(
    'a gzip bomb of 2 GiB',
    () =>
      Buffer.concat([
        gzipSync(Buffer.alloc(2 ** 28)),
        ...Array.from({ length: 7 }, () => gzipSync(Buffer.alloc(2 ** 28))),
      ]),
    refused(/header/),
    { file: 'images.idx.gz', heavy: true },
  ),
  idx(
    'a gzip bomb of 2 GiB that its header declares',
    () =>
      Buffer.concat([
        gzipSync(Buffer.from('000008020000800000010000', 'hex')),
        ...Array.from({ length: 8 }, () => gzipSync(Buffer.alloc(2 ** 28))),
      ]),
    refused(/at most/),
    { file: 'images.idx.gz', heavy: true },
  ),
  idx(
    'a gzip bomb of 2 GiB after the end of the array',
    () =>
      Buffer.concat([
        gzipSync(Buffer.from('0000080100000001', 'hex')),
        ...Array.from({ length: 8 }, () => gzipSync(Buffer.alloc(2 ** 28))),
      ]),
    refused(/more follow/),
    { file: 'images.idx.gz', heavy: true },
  ),
  idx(
    'a gzip bomb of the largest array',
    () =>
      Buffer.concat([
        gzipSync(Buffer.from('0000080230000000', 'hex').subarray(0, 4)),
        gzipSync(Buffer.from('0000300000010000', 'hex')),
        ...Array.from({ length: 3 }, () => gzipSync(Buffer.alloc(2 ** 28))),
      ]),
    works(),
    { file: 'images.idx.gz', heavy: true, budget: { bytes: 2 ** 30 } },
  ),
  ...[
    ['the same image with two classes', /occurs more than once/],
    ['two classes that look the same', /differ only in/],
  ].map(([name, pattern]) => ({
    name: `finetune: ${name}`,
    files: (/** @type {string} */ folder, /** @type {import('../case.mjs').Shared} */ { data }) => {
      const isTwice = String(name).startsWith('the same');
      const rows = ['red', 'green', 'blue'].flatMap((label, c) =>
        Array.from({ length: 6 }, (_, i) => {
          copyFileSync(join(data, label, `${i}.png`), join(folder, `${label}${i}.png`));
          return `${label}${i}.png,${isTwice || c === 2 ? label : ['caf\u00E9', 'cafe\u0301'][c]}`;
        }),
      );
      writeFileSync(
        join(folder, 'train.csv'),
        ['path,label', ...rows, ...(isTwice ? ['red0.png,blue'] : [])].join('\n'),
      );
    },
    command: (/** @type {string} */ _, /** @type {import('../case.mjs').Shared} */ { model }) => [
      'finetune',
      '--model',
      model,
      '--data',
      'train.csv',
      '--out',
      'run',
      '--epochs',
      '1',
      '--views',
      '1',
      '--size',
      '16',
      '--mean',
      '0.5',
      '--std',
      '0.5',
    ],
    writes: 'run',
    outcome: works(/** @type {RegExp} */ (pattern)),
  })),
];
