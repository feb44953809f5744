// @ts-check
// A local registry, from which projects outside the workspace can install published packages.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import { root } from '../build/build.mjs';
import { npm, pnpm } from './npm.mjs';

/** @typedef {{ url: string, folder: string, close(): void }} Registry */

/** Starts a registry that stores published packages in its own folder, and proxies the user's registry for everything else. @returns {Promise<Registry>} */
export async function startRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'graft-registry-'));
  const storage = join(folder, 'storage');
  mkdirSync(storage);
  // Uses npm's proxy and certificate settings.
  const told = Object.fromEntries(
    await Promise.all(
      Object.entries({ url: 'registry', ca: 'cafile', http_proxy: 'proxy', https_proxy: 'https-proxy' }).map(
        async ([option, key]) => [option, (await npm(['config', 'get', key], root)).trim()],
      ),
    ),
  );
  const upstream = Object.fromEntries(
    Object.entries(told).filter(([, value]) => value && value !== 'null' && value !== 'undefined'),
  );
  const app = await runServer(
    /** @type {any} */ ({
      self_path: folder,
      storage,
      uplinks: {
        upstream: {
          ...upstream,
          ...(upstream['ca'] && { ca: readFileSync(upstream['ca'], 'utf8') }),
          maxage: '60m',
          timeout: '60s',
        },
      },
      packages: {
        '@graft/*': { access: '$all', publish: '$all' },
        'graft-*': { access: '$all', publish: '$all' },
        'create-graft-*': { access: '$all', publish: '$all' },
        '**': { access: '$all', proxy: 'upstream' },
      },
      max_body_size: '100mb',
      log: { type: 'stdout', format: 'pretty', level: 'fatal' },
      web: { enable: false },
    }),
  );
  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => app.listen(0, '127.0.0.1', resolve).on('error', reject))
  );
  const url = `http://127.0.0.1:${app.address().port}/`;
  // npm does not publish without a token, even if the registry needs none.
  writeFileSync(
    join(folder, '.npmrc'),
    `registry=${url}\n//${url.slice('http://'.length)}:_authToken=anybody\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
  return {
    url,
    folder,
    close() {
      app.closeAllConnections();
      app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether third-party packages can be fetched through it. @param {Registry} registry */
export const isConnected = (registry) =>
  npm(['view', 'reflect-metadata', 'version'], registry.folder).then(
    () => true,
    () => false,
  );

/**
 * Publishes every package, model card and app of the workspace that is not private.
 * @param {Registry} registry @param {string} [from] the workspace
 * @returns {Promise<string[]>} what was published, as `name@version`
 */
export async function publishAll(registry, from = root) {
  const archives = join(registry.folder, 'archives');
  const names = ['packages', 'models', 'apps'].flatMap((kind) =>
    readdirSync(join(from, kind))
      .map((name) => JSON.parse(readFileSync(join(from, kind, name, 'package.json'), 'utf8')))
      .filter((manifest) => !manifest.private)
      .map((manifest) => manifest.name),
  );
  await pnpm(['-r', ...names.flatMap((name) => ['--filter', name]), 'pack', '--pack-destination', archives], from);
  const published = [];
  for (const archive of readdirSync(archives).sort())
    published.push(
      (await npm(['publish', join(archives, archive), '--access', 'public'], registry.folder))
        .trim()
        .replace(/^\+ /, ''),
    );
  return published;
}
