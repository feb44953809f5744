// @ts-check
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { download } from '@graft/zoo';
import { temporaryDownload } from '@graft/zoo/node';
import { refused, works } from '../case.mjs';
import { serveHostile } from '../serve-hostile.mjs';

/** @typedef {import('../case.mjs').Case} Case */

/** Most requests of one download: the first and its retries, each with redirects. */
const maxRequests = 31;

/** A download of one hostile answer. @param {string} name @param {string} path @param {import('../case.mjs').Outcome} outcome @param {import('@graft/zoo').DownloadOptions} [options] @param {Partial<Case>} [more] @returns {Case} */
const one = (name, path, outcome, options = {}, more = {}) => ({
  name,
  file: `${path}.onnx`,
  async read(folder, work) {
    const server = await serveHostile();
    const partial = temporaryDownload(folder);
    try {
      const bytes = await download(`${server.address}/${path}.onnx`, { pause: 1, silence: 200, partial, ...options });
      work({ bytes: bytes.length });
      return `${bytes.length} bytes`;
    } finally {
      await partial.clear();
      work({ steps: [...server.requests.values()].reduce((sum, count) => sum + count, 0) });
      server.close();
    }
  },
  outcome,
  budget: { steps: maxRequests, bytes: 2 ** 27 },
  ...more,
});

/** A card whose file is on the hostile server, through the command. @param {string} name @param {string} path @param {import('../case.mjs').Outcome} outcome @param {Partial<Case> & { bytes?: number }} [more] @returns {Case} */
const hub = (name, path, outcome, { bytes = 1000, ...more } = {}) => ({
  name: `inspect: ${name}`,
  file: `${path}.onnx`,
  files: (folder) =>
    writeFileSync(
      join(folder, 'card.json'),
      JSON.stringify({
        name: 'hostile',
        title: 'T',
        description: 'D',
        licence: 'MIT',
        origin: 'nobody',
        source: `hf:a/b/${path}.onnx`,
        bytes,
        sha256: createHash('sha256').update('x').digest('hex'),
        opset: 17,
        input: { name: 'x', shape: [1] },
        cutPoints: [],
        verified: false,
      }),
    ),
  command: () => ['inspect', 'card.json'],
  env: ({ address }) => ({ HF_ENDPOINT: address }),
  outcome,
  ...more,
});

const interrupted = refused(/interrupted|Could not reach/);
/** @type {readonly Case[]} */
export const downloads = [
  one('an empty file', 'empty', works(/^0 bytes/)),
  one('an empty file instead of 1,000 bytes', 'empty', refused(/ended after 0 of 1000/), { bytes: 1000 }),
  one('a missing file', 'missing', refused(/404/)),
  one('a forbidden file', 'forbidden', refused(/403/)),
  one('a busy server', 'busy', refused(/503/)),
  one('an answer without end', 'endless', refused(/longer than the 1000 bytes/), { bytes: 1000 }),
  one('an answer without end and without a card', 'endless', refused(/longer than 1000000 bytes/), { most: 1e6 }),
  one(
    'an answer without end, up to the limit without a card',
    'endless',
    refused(/longer than/),
    {},
    { heavy: true, budget: { bytes: 2 ** 31 } },
  ),
  one('silence after a byte', 'silent', refused(/stalled/)),
  one('a gzip bomb', 'gzip-bomb', refused(/longer than the 1000 bytes/), { bytes: 1000 }),
  one('a gzip bomb without a card', 'gzip-bomb', refused(/longer than 1000000 bytes/), { most: 1e6 }),
  one('gzip that is not gzip', 'not-gzip', interrupted),
  one('fewer bytes than announced', 'short', interrupted),
  one('more bytes than the card says', 'long', refused(/longer than the 1000 bytes/), { bytes: 1000 }),
  one('fewer bytes than the card says', 'long', refused(/ended after 2000 of 3000/), { bytes: 3000 }),
  one('another part of the file', 'partial', refused(/different part/)),
  one('a redirect to a file', 'to-file', refused(/file:\/\/\/etc\/passwd, which is not https/)),
  one('a redirect to a data address', 'to-data', refused(/not https/)),
  one('a redirect to a cloud service of addresses', 'to-private', refused(/not https/)),
  one('a redirect to the local network', 'to-local-network', refused(/not https/)),
  one('a redirect to an address as one number', 'to-decimal', refused(/not https/)),
  one('a redirect to itself', 'to-itself', refused(/redirects more than/)),
  one('a redirect that is not an address', 'to-nothing', refused(/not an address/)),
  one('a redirect to nowhere', 'to-nowhere', refused(/302/)),
  one('not modified', 'not-modified', refused(/304/)),
  one('a negative length', 'negative', interrupted),
  one('another protocol', 'not-http', interrupted),
  one('a header of a megabyte', 'headers', interrupted),
  one('a status line with control characters', 'teapot', refused(/./)),
  {
    name: 'an address that is not http',
    read: () => download('ftp://127.0.0.1/model.onnx', { pause: 1 }),
    outcome: refused(/https/),
  },
  {
    name: 'an address without encryption on another machine',
    read: () => download('http://192.0.2.1/model.onnx', { pause: 1 }),
    outcome: refused(/https/),
  },
  {
    name: 'a token that a redirect asks for',
    async read(_, work) {
      /** @type {string[]} */
      const tokens = [];
      await download('https://a.example/model.onnx', {
        token: 'a text that nobody may read',
        fetch: async (input, init) => {
          work({ steps: 1 });
          const { host } = new URL(/** @type {string} */ (input));
          tokens.push(`${host} ${JSON.stringify(init?.headers).includes('Bearer')}`);
          return host === 'a.example'
            ? new Response(null, { status: 302, headers: { location: 'https://b.example/model.onnx' } })
            : new Response('x');
        },
      });
      return tokens.join(', ');
    },
    outcome: works(/^a\.example true, b\.example false$/),
  },
  hub('an HTML page instead of a model', 'page', refused(/ended after|does not match/), { heavy: true }),
  hub('a missing file', 'missing', refused(/404/)),
  hub('an answer without end', 'endless', refused(/longer than the 1000 bytes/)),
  hub('a gzip bomb', 'gzip-bomb', refused(/longer than the 1000 bytes/)),
  hub('a redirect to a file', 'to-file', refused(/not https/)),
  hub('a redirect to a private address', 'to-private', refused(/not https/)),
  hub('bytes of another file', 'long', refused(/does not match its card/), { bytes: 2000 }),
  hub('an answer without end, and Ctrl+C', 'endless', works(), { bytes: 2 ** 40, interrupt: true }),
  hub('silence, and Ctrl+C', 'silent', works(), { interrupt: true }),
  hub('a busy server, and Ctrl+C', 'busy', works(), { interrupt: true }),
];
