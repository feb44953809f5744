// @ts-check
/** @typedef {import('./read-api.mjs').PackageApi} PackageApi */

/** @type {readonly import('./read-api.mjs').Kind[]} */
const kinds = ['Functions', 'Classes', 'Interfaces', 'Types', 'Constants'];

/**
 * The reference as Markdown: a page for each package and README.md, the list of them.
 * @param {readonly PackageApi[]} api @returns {Map<string, string>} texts by file name
 */
export function markdown(api) {
  const pageOf = new Map(api.flatMap(({ published, entries }) => entries.map(({ name }) => [name, published.page])));
  return new Map([
    ['README.md', contents(api)],
    ...api.map((one) => /** @type {const} */ ([one.published.page, page(one, pageOf)])),
  ]);
}

/** @param {readonly PackageApi[]} api */
function contents(api) {
  const rows = api.map(
    ({ published: { name, description, page }, entries }) =>
      `| [\`${name}\`](${page}) | ${description} | ${entries.map((entry) => `${entry.exports.length + entry.passed.length}${entry.name === name ? '' : ` in \`${entry.name.slice(name.length)}\``}`).join(', ')} |`,
  );
  return `# API reference

Written by \`npm run api\` from the built declarations: every exported name, with its signature and docstring. \`npm run check\` fails if
it is out of date, so changes of the public API show up in review, or if a name has no docstring.

| package | description | names |
|---|---|---|
${rows.join('\n')}
`;
}

/** @param {PackageApi} api @param {ReadonlyMap<string, string>} pageOf */
function page({ published: { name, description }, entries, hidden }, pageOf) {
  const sections = entries.flatMap((entry) => [
    `## ${entry.name}`,
    ...kinds.flatMap((kind) => {
      const some = entry.exports.filter((one) => one.kind === kind);
      return some.length ? [`### ${kind}`, ...some.map(block)] : [];
    }),
    ...passedOn(entry.passed, pageOf),
  ]);
  return `${[`# ${name}`, description, ...sections, ...(hidden.length ? ['## Named above, not exported', ...hidden.map(block)] : [])].join('\n\n')}\n`;
}

/** @param {import('./read-api.mjs').Export} one */
const block = ({ name, doc, text }) =>
  [`#### ${name}`, ...(doc ? [doc] : []), `\`\`\`ts\n${text}\n\`\`\``].join('\n\n');

/** @param {readonly import('./read-api.mjs').Passed[]} passed @param {ReadonlyMap<string, string>} pageOf */
function passedOn(passed, pageOf) {
  const sources = [...new Set(passed.map(({ from }) => from))].sort();
  const lines = sources.map((from) => {
    const link = pageOf.has(from) ? `[\`${from}\`](${pageOf.get(from)})` : from;
    const whole = passed.filter((one) => one.from === from && one.all).map(({ name }) => `all of it as \`${name}\``);
    return `* ${link}: ${[...whole, ...passed.filter((one) => one.from === from && !one.all).map(({ name }) => `\`${name}\``)].join(', ')}`;
  });
  return lines.length ? ['### From elsewhere', lines.join('\n')] : [];
}
