import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { download } from './download.ts';
import type { PartialDownload } from './model-source.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const options = { pause: 1, bytes: content.length };
let close: (() => void) | undefined;
afterEach(() => close?.());

/** Starts a server and records the requested ranges. */
async function serve(
  respond: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<{ url: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => respond(request, response, ranges.push(request.headers.range)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => (server.closeAllConnections(), server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.onnx`, ranges };
}
const startOf = ({ headers }: IncomingMessage): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
/** Sends the requested part of the file, and drops the connection at `until`. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { until = content.length, etag = '"1"', length = content.length } = {},
): void {
  const start = startOf(request);
  response.writeHead(start ? 206 : 200, {
    etag,
    'content-length': length - start,
    ...(start && { 'content-range': `bytes ${start}-${length - 1}/${length}` }),
  });
  response.write(content.subarray(start, until), () =>
    until < content.length ? setTimeout(() => response.destroy(), 5) : response.end(),
  );
}

const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, content) === 0;

/** Keeps a partial download in memory. */
function kept(): PartialDownload & { bytes: Uint8Array } {
  const self = {
    bytes: new Uint8Array(),
    read: async () => self.bytes,
    append: async (chunk: Uint8Array) => void (self.bytes = new Uint8Array(Buffer.concat([self.bytes, chunk]))),
    clear: async () => void (self.bytes = new Uint8Array()),
  };
  return self;
}

test('a dropped connection is resumed', async () => {
  const { url, ranges } = await serve((request, response, count) =>
    send(request, response, { until: count < 4 ? count * 70_000 : content.length }),
  );
  const seen: number[] = [];
  expect(same(await download(url, { ...options, progress: (done) => void seen.push(done) }))).toBe(true);
  expect(ranges).toEqual([undefined, 'bytes=70000-', 'bytes=140000-', 'bytes=210000-']);
  expect(seen.at(-1)).toBe(content.length);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});
test('a server without ranges resends everything', async () => {
  const { url } = await serve((_, response, count) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(count === 1 ? content.subarray(0, 100_000) : content, () =>
      count === 1 ? setTimeout(() => response.destroy(), 5) : response.end(),
    );
  });
  expect(same(await download(url, options))).toBe(true);
});
test('a file that changed in the meantime is downloaded again', async () => {
  const { url } = await serve((request, response, count) => {
    if (count === 1) return send(request, response, { until: 100_000 });
    expect(request.headers['if-range']).toBe('"1"');
    delete request.headers.range; // servers ignore Range if If-Range does not match
    send(request, response, { etag: '"2"' });
  });
  expect(same(await download(url, options))).toBe(true);
});
test('data from an earlier attempt is not requested again', async () => {
  const partial = kept();
  const first = await serve((request, response) => send(request, response, { until: startOf(request) + 1000 }));
  await expect(download(first.url, { ...options, partial })).rejects.toThrow(
    /^The download of .* was interrupted after \d+ bytes \(.*\)\. Check the network and try again; the data received so far is kept, or download the file and use its path\.$/,
  );
  close?.();
  const had = partial.bytes.length;
  expect(had).toBeGreaterThan(0);
  const second = await serve((request, response) => send(request, response));
  expect(same(await download(second.url, { ...options, partial }))).toBe(true);
  expect(second.ranges).toEqual([`bytes=${had}-`]);
});
test('a partial download that the server rejects is discarded', async () => {
  const partial = kept();
  await partial.append(new Uint8Array(50));
  const { url } = await serve((request, response, count) =>
    count === 1 ? response.writeHead(416).end() : send(request, response),
  );
  expect(same(await download(url, { ...options, partial }))).toBe(true);
});
test('files of the wrong length are rejected', async () => {
  const short = await serve((_, response) => response.end(content.subarray(0, 1000)));
  await expect(download(short.url, options)).rejects.toThrow('ended after 1000 of 300000 bytes.');
  close?.();
  const long = await serve((_, response) => response.end(content));
  await expect(download(long.url, { ...options, bytes: 1000 })).rejects.toThrow(
    'is longer than the 1000 bytes in the model card. It is a different file: do not use it.',
  );
  close?.();
  const other = await serve((request, response, count) =>
    count === 1
      ? send(request, response, { until: 1000 })
      : response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('wrong'),
  );
  await expect(download(other.url, options)).rejects.toThrow('sent a different part of the file than requested.');
});
test('without a card, an endless stream is aborted', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200);
    const more = (): void => void response.write(content, () => response.destroyed || setImmediate(more));
    more();
  });
  await expect(download(url, { pause: 1, most: 1e6 })).rejects.toThrow(
    'is longer than 1000000 bytes, the limit without a model card.',
  );
});
test('a stalled connection is dropped', async () => {
  const { url, ranges } = await serve((_, response) => response.writeHead(200).write('x'));
  await expect(download(url, { ...options, silence: 20 })).rejects.toThrow(
    'was interrupted after 1 bytes (it stalled).',
  );
  expect(ranges.length).toBe(5);
});
test('a limited number of redirects is followed, but not to unencrypted addresses', async () => {
  const { url } = await serve((request, response) => {
    const [, hop] = /hop=(\d+)/.exec(request.url ?? '') ?? [];
    if (request.url?.includes('outside')) response.writeHead(302, { location: 'http://models.example/x.onnx' }).end();
    else if (hop === '0' || !hop) send(request, response);
    else response.writeHead(302, { location: `/model.onnx?hop=${Number(hop) - 1}` }).end();
  });
  expect(same(await download(`${url}?hop=3`, options))).toBe(true);
  await expect(download(`${url}?hop=9`, options)).rejects.toThrow('redirects more than 5 times.');
  await expect(download(`${url}?outside`, options)).rejects.toThrow(
    'redirects to http://models.example/x.onnx, which is not https.',
  );
  await expect(download('http://models.example/x.onnx', options)).rejects.toThrow('which is not https');
});
test('the token is sent to the first host only', async () => {
  const seen: (string | undefined)[] = [];
  const far = createServer((request, response) => (seen.push(request.headers.authorization), send(request, response)));
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  const { url } = await serve(
    (request, response) => (
      seen.push(request.headers.authorization),
      response.writeHead(302, { location: `http://127.0.0.1:${(far.address() as AddressInfo).port}/` }).end()
    ),
  );
  expect(same(await download(url, { ...options, token: 'secret' }))).toBe(true);
  expect(seen).toEqual(['Bearer secret', undefined]);
  far.closeAllConnections();
  far.close();
});
test('a busy server is retried, a missing file is not', async () => {
  const busy = await serve((request, response, count) =>
    count < 3 ? response.writeHead(503).end() : send(request, response),
  );
  expect(same(await download(busy.url, options))).toBe(true);
  close?.();
  const missing = await serve((_, response) => response.writeHead(404).end());
  await expect(download(missing.url, options)).rejects.toThrow(
    'responded with 404 Not Found. Check the address, or download the file and use its path.',
  );
  expect(missing.ranges.length).toBe(1);
});
test('the error for an unreachable server contains the reason', async () => {
  const { url } = await serve(() => {});
  close?.();
  await expect(download(url, options)).rejects.toThrow(
    /^Could not reach .* \(connect ECONNREFUSED .*\)\. Check the network and try again, or download the file and use its path\.$/,
  );
});
test('a download can be aborted', async () => {
  const { url } = await serve((_, response) => response.writeHead(200).write('x'));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('Stopped.')), 20);
  await expect(download(url, { ...options, signal: stop.signal })).rejects.toThrow('Stopped.');
});

test('a compressed answer may not become much longer', async () => {
  const bomb = gzipSync(new Uint8Array(2 ** 27)); // a thousand times shorter
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length });
    response.end(bomb);
  });
  let most = 0;
  await expect(download(url, { pause: 1, progress: (done) => void (most = done) })).rejects.toThrow(
    /is sent compressed and has more than \d+ bytes when decompressed, which is not a model/,
  );
  expect(most).toBeLessThan(2 ** 26 + 2 ** 23);
});
test('a compressed answer of ordinary length is read', async () => {
  const packed = gzipSync(content);
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length });
    response.end(packed);
  });
  expect(same(await download(url, { pause: 1 }))).toBe(true);
});
test('a download goes on if its data cannot be kept, with a warning', async () => {
  const partial = kept();
  let [appends, cleared] = [0, 0];
  const full: PartialDownload = {
    read: partial.read,
    async append(chunk) {
      if (++appends > 1) throw new Error('the disk is full.');
      await partial.append(chunk);
    },
    clear: async () => void cleared++,
  };
  const { url } = await serve((request, response, count) =>
    send(request, response, { until: count < 3 ? count * 100_000 : content.length }),
  );
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  expect(same(await download(url, { ...options, partial: full, onWarning }))).toBe(true);
  expect(warnings).toEqual([`The download of ${url} cannot be resumed later: the disk is full.`]);
  expect([appends, cleared]).toEqual([2, 1]); // it is not asked again, and keeps no file with a part missing
});
test('kept data is not held in memory as well, and a failure to keep it does not end the download', async () => {
  const held = kept();
  let [reads, appends] = [0, 0];
  const counting: PartialDownload = {
    ...held,
    read: async () => (reads++, held.bytes),
    append: async (chunk) => {
      if (++appends === 3) throw new Error('the disk is full');
      await held.append(chunk);
    },
  };
  const inParts = (response: ServerResponse): void => {
    response.writeHead(200);
    const next = (at: number): void => {
      if (at >= content.length) return void response.end();
      response.write(content.subarray(at, at + 50_000), () => setTimeout(() => next(at + 50_000), 5));
    };
    next(0);
  };
  const { url } = await serve((_, response) => inParts(response));
  const warnings: string[] = [];
  const bytes = await download(url, { ...options, partial: counting, onWarning: (text) => warnings.push(text) });
  expect(same(bytes)).toBe(true);
  expect([reads, held.bytes.length, warnings]).toEqual([
    2, // to resume, and after the failure
    0,
    [expect.stringMatching(/cannot be resumed later: the disk is full$/)],
  ]);
  const lost: PartialDownload = { ...kept(), temporary: true, read: async () => undefined, append: counting.append };
  appends = 0;
  expect(same(await download(url, { ...options, partial: lost }))).toBe(true); // from the start, in memory
});
