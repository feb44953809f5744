// @ts-check
// Edits of existing files: each finds its position by an anchor, or says what to add by hand.

/**
 * @typedef {object} Edit
 * @property {string} file from the repository's root
 * @property {string} text the added text
 * @property {(before: string) => string | undefined} into the edited file; undefined if the anchor is missing. Existing lines are not added again.
 */

/**
 * Inserts a line in alphabetical order.
 * @param {string} file
 * @param {RegExp} like matches whole lines or statements of its kind (flags gm); its group is the sort key
 * @param {string} line which `like` matches too
 * @returns {Edit}
 */
export const among = (file, like, line) => ({
  file,
  text: line,
  into: unlessThere(line, (before) => {
    const own = [...line.matchAll(like)][0]?.[1] ?? line;
    const all = [...before.matchAll(like)];
    const next = all.find(([, key = '']) => key > own);
    return next ? inserted(before, next.index, `${line}\n`) : after(before, all.at(-1), line);
  }),
});

/**
 * Inserts lines after the last of their kind.
 * @param {string} file @param {RegExp} like with the flags gm @param {string} lines @returns {Edit}
 */
export const afterLast = (file, like, lines) => ({
  file,
  text: lines,
  into: unlessThere(lines, (before) => after(before, [...before.matchAll(like)].at(-1), lines)),
});

/**
 * Inserts lines before the only match of an anchor.
 * @param {string} file @param {RegExp} anchor with the flags gm @param {string} lines @returns {Edit}
 */
export const before = (file, anchor, lines) => ({
  file,
  text: lines,
  into: unlessThere(lines, (text) => {
    const found = only(text, anchor);
    return found && inserted(text, found.index, `${lines}\n`);
  }),
});

/**
 * Inserts an item into a list on one or several lines, in alphabetical order.
 * @param {string} file
 * @param {RegExp} list with the flags dgm; its group holds the items. It must match once.
 * @param {string} item
 * @param {{ last?: boolean }} [options] last: append instead of sorting
 * @returns {Edit}
 */
export const inList = (file, list, item, { last = false } = {}) => ({
  file,
  text: item,
  into(text) {
    const [from, to] = only(text, list)?.indices?.[1] ?? [];
    if (from === undefined) return new RegExp(`(?<![\\w'])${item}(?![\\w'])`).test(text) ? text : undefined;
    const items = [...text.slice(from, to).matchAll(/[^,\s][^,]*/g)].map((match) => ({
      item: match[0].trimEnd(),
      at: from + match.index,
    }));
    if (items.some((one) => one.item === item)) return text;
    const next = last ? undefined : items.find((one) => keyOf(one.item) > keyOf(item));
    const end = items.at(-1);
    if (next) return inserted(text, next.at, `${item}, `);
    return end ? inserted(text, end.at + end.item.length, `, ${item}`) : inserted(text, from, item);
  },
});

/** Appends lines to a file. @param {string} file @param {string} lines @returns {Edit} */
export const atEnd = (file, lines) => ({ file, text: lines, into: unlessThere(lines, (text) => `${text}${lines}\n`) });

/** The sort key of an import list. @param {string} item */
const keyOf = (item) => item.replace(/^type /, '').toLowerCase();

/** Lines added by hand are not added again. @param {string} lines @param {Edit['into']} into @returns {Edit['into']} */
const unlessThere = (lines, into) => (text) =>
  `\n${text}`.includes(`\n${lines.replace(/^\n/, '')}\n`) ? text : into(text);

/** @param {string} text @param {RegExp} anchor */
function only(text, anchor) {
  const all = [...text.matchAll(anchor)];
  return all.length === 1 ? all[0] : undefined;
}

/** @param {string} text @param {RegExpExecArray | undefined} match @param {string} lines */
const after = (text, match, lines) => match && inserted(text, match.index + match[0].length, `\n${lines}`);

/** @param {string} text @param {number} at @param {string} more */
const inserted = (text, at, more) => text.slice(0, at) + more + text.slice(at);
