import { showJson } from '@graft/plugin';

/** A file that a package index offers. */
export interface OfferedFile {
  readonly name: string;
  readonly url: URL;
  /** In lowercase hexadecimal. */
  readonly sha256: string | undefined;
}

const maxFiles = 100_000;

/**
 * Parses a project's page of a package index, as JSON (PEP 691) or HTML (PEP 503).
 * @param page its address, which links are relative to
 * @throws if the page is neither
 */
export function parseSimpleIndex(content: string, page: URL): readonly OfferedFile[] {
  const files = content.trimStart().startsWith('{') ? filesInJson(content, page) : filesInHtml(content);
  return files.slice(0, maxFiles).flatMap(({ name, link, sha256 }) => {
    if (!URL.canParse(link, page.href)) return [];
    const url = new URL(link, page.href);
    const digest = sha256 ?? /^#(?:.*&)?sha256=([0-9a-f]{64})(?:&|$)/i.exec(url.hash)?.[1];
    url.hash = '';
    return [{ name, url, sha256: digest?.toLowerCase() }];
  });
}

interface Link {
  readonly name: string;
  readonly link: string;
  readonly sha256?: string | undefined;
}

function filesInJson(content: string, page: URL): Link[] {
  let files: unknown;
  try {
    files = (JSON.parse(content) as { files?: unknown }).files;
  } catch {
    // said below
  }
  if (!Array.isArray(files))
    throw new Error(`The package index ${showPage(page)} sent no list of files. Check its address.`);
  return files.flatMap((file: unknown) => {
    const { filename, url, hashes } = (file ?? {}) as { filename?: unknown; url?: unknown; hashes?: unknown };
    if (typeof filename !== 'string' || typeof url !== 'string') return [];
    const { sha256 } = (hashes ?? {}) as { sha256?: unknown };
    return [
      {
        name: filename,
        link: url,
        ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256) && { sha256 }),
      },
    ];
  });
}

const filesInHtml = (content: string): Link[] =>
  [...content.matchAll(/<a\s([^<>]{1,4000})>([^<>]{0,1000})<\/a/gi)].flatMap(([, attributes, text]) => {
    const [, double, single] = /(?:^|\s)href\s?=\s?(?:"([^"]*)"|'([^']*)')/i.exec(attributes!) ?? [];
    const link = double ?? single;
    return link === undefined ? [] : [{ name: unescaped(text!).trim(), link: unescaped(link) }];
  });

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
const unescaped = (text: string): string =>
  text.replaceAll(/&(#?\w{1,6});/g, (whole, name: string) => entities[name] ?? whole);

/** An address in messages, without a password. */
export function showPage(page: URL): string {
  const shown = new URL(page.href);
  [shown.username, shown.password] = ['', ''];
  return showJson(shown.href, 200);
}
