import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every Markdown file that people read, from a folder down. */
const pagesUnder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|runs|coverage|\..*)$/.test(entry.name) ? [] : pagesUnder(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });

/** What headings are called in links, as GitHub makes it; the second of a name has -1. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)) {
    const plain = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let name = plain;
    for (let n = 1; anchors.has(name); n++) name = `${plain}-${n}`;
    anchors.add(name);
  }
  return anchors;
}

/** Links of a page that lead nowhere in this repository. */
function brokenLinks(page: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '`');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^[a-z]+:/.test(link!)) return [];
    const [path = '', anchor] = link!.split('#');
    const target = path ? join(dirname(page), path) : page;
    const found = existsSync(target) && (!anchor || anchorsOf(readFileSync(target, 'utf8')).has(anchor));
    return found ? [] : [`${relative(root, page)}: ${link}`];
  });
}

test('every link between pages leads somewhere', () => {
  const pages = pagesUnder(root);
  expect(pages.length).toBeGreaterThan(50);
  expect(pages.flatMap((page) => brokenLinks(page, readFileSync(page, 'utf8')))).toEqual([]);
});
test('missing pages and headings are found', () => {
  expect(
    brokenLinks(
      join(root, 'README.md'),
      '[a](docs/nowhere.md) [b](#packages) [c](#nothing) [d](docs) `[e](x)` [`f`](y)',
    ),
  ).toEqual(['README.md: docs/nowhere.md', 'README.md: #nothing', 'README.md: y']);
});
