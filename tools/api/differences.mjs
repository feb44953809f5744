// @ts-check

/**
 * Lists differences between two sets of pages, as `page: name (changed)`.
 * @param {ReadonlyMap<string, string>} before @param {ReadonlyMap<string, string>} after texts by file name
 * @returns {string[]}
 */
export function differences(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((page) => {
    const [old, now] = [blocks(before.get(page) ?? ''), blocks(after.get(page) ?? '')];
    const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
    if (names.length === 0 && before.get(page) !== after.get(page)) return [`${page}: the order`];
    return names.map((name) => `${page}: ${name} (${!old.has(name) ? 'new' : !now.has(name) ? 'gone' : 'changed'})`);
  });
}

/** The text under each heading, by entry point and heading; headings of kinds only order them. @param {string} text */
function blocks(text) {
  /** @type {Map<string, string>} */
  const found = new Map();
  let entry = '';
  for (const part of text.split(/^(?=#+ )/m)) {
    const [, level = '', heading = ''] = /^(#+) (.*)/.exec(part) ?? [];
    if (level === '##') entry = heading;
    const passed = heading === 'From elsewhere';
    const name = level === '####' || passed ? `${heading} of ${entry}` : heading;
    if (level !== '###' || passed) found.set(name, (found.get(name) ?? '') + part);
  }
  return found;
}
