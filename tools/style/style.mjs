// @ts-check
// `node tools/style/style.mjs`: lists phrases to avoid in sources and documentation, with better ones.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root } from '../build/build.mjs';

/** @typedef {{ phrase: RegExp, better: string }} Rule a pattern and what to write instead */

/** @type {readonly Rule[]} */
const rules = [
  { phrase: /\bwants\b/i, better: 'expects, needs' },
  {
    phrase:
      /(?<!\b(?:there|here|this|that|it|which|what)) is no (?!longer\b|more\b|less\b|one\b|such\b|better\b)[a-z]+/i,
    better: 'is not a …',
  },
  { phrase: /\bunless told\b/i, better: 'by default' },
  { phrase: /\bso that\b/i, better: 'so, to' },
  { phrase: /\bto judge by\b/i, better: 'for validation, held-out' },
  { phrase: /\bnobody (?:says|knows)\b/i, better: 'it is unknown, … does not specify' },
  { phrase: /\bas it came\b/i, better: 'unchanged, pretrained' },
  { phrase: /\bwhere it rubbed\b/i, better: 'rough edges' },
  { phrase: /\bshall\b/i, better: 'must, should, will' },
  { phrase: /\bstands? in the way\b/i, better: 'prevents, obstacles' },
  { phrase: /\btold apart\b/i, better: 'distinguished' },
  { phrase: /\bheld back\b/i, better: 'held-out, for validation' },
  { phrase: /\bwhole numbers?\b/i, better: 'integer' },
  { phrase: /\bwhom\b/i, better: 'rephrase with who or what' },
  { phrase: /\bof one's own\b/i, better: 'your own, custom' },
];

/** Generated files, golden data, and this check itself. @type {readonly RegExp[]} */
const exempt = [/^docs\/api\//, /^\.changeset\//, /golden/, /^pnpm-lock\.yaml$/, /^tools\/style\//];

/**
 * Finds phrases in a text, one line each: `file:line: "phrase": write …`. Fenced blocks without a language are program output, and skipped.
 * @param {string} file @param {string} text
 * @returns {string[]}
 */
export function phrasesIn(file, text) {
  /** @type {string | undefined} */
  let fence;
  return text.split('\n').flatMap((line, i) => {
    const mark = file.endsWith('.md') ? /^ *```(.*)$/.exec(line) : null;
    if (mark) fence = fence === undefined ? mark[1] : undefined;
    if (fence === '') return [];
    return rules.flatMap(({ phrase, better }) => {
      const found = phrase.exec(line);
      return found ? [`${file}:${i + 1}: "${found[0].trim()}": write ${better}`] : [];
    });
  });
}

/** The files that are checked, by path from the repository's root. @returns {string[]} */
export function checkedFiles() {
  return (
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs', '*.md'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\n')
      // A deleted file stays listed until the deletion is committed.
      .filter((file) => file && existsSync(`${root}${file}`))
      .filter((file) => !exempt.some((pattern) => pattern.test(file)))
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = checkedFiles().flatMap((file) => phrasesIn(file, readFileSync(`${root}${file}`, 'utf8')));
  for (const line of found) console.log(line);
  process.exitCode = found.length ? 1 : 0;
}
