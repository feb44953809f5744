// @ts-check
// `npm run audit -- [--only family] [--match text] [--verbose]`: reads hostile inputs of every kind. Each must be rejected with one sentence, be used, or be used with what was left out
// named, within its budget of work and 1 GiB; Ctrl+C ends long cases at once; and nothing outside of its folder is read or written.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { families } from './families.mjs';
import { runAudit } from './run-audit.mjs';
import { serveHostile } from './serve-hostile.mjs';
import { prepareShared } from './shared.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graft-audit-'));
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
try {
  process.exitCode = await main();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      match: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const names = Object.keys(families);
  const chosen = values.only ?? names;
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only expects one of ${names.join(', ')}, got ${unknown}.`);
  const start = performance.now();
  const server = await serveHostile();
  try {
    const shared = { ...(await prepareShared(join(folder, 'shared'))), address: server.address };
    const results = await runAudit({
      names: chosen,
      folder,
      shared,
      match: values.match,
      onResult: ({ family, one, wrong }) => {
        if (wrong !== undefined && one.known === undefined) console.log(`WRONG  ${family}: ${one.name}: ${wrong}`);
        else if (wrong !== undefined)
          console.log(`known  ${family}: ${one.name}: ${one.known}${values.verbose ? `: ${wrong}` : ''}`);
        else if (one.known !== undefined) console.log(`mended ${family}: ${one.name}: no longer true: ${one.known}`);
        else if (values.verbose) console.log(`ok     ${family}: ${one.name}`);
      },
    });
    for (const name of names) {
      const own = results.filter(({ family }) => family === name);
      const wrong = own.filter((one) => one.wrong !== undefined);
      const known = wrong.filter(({ one }) => one.known !== undefined).length;
      if (own.length)
        console.log(
          `${name}: ${own.length - wrong.length} of ${own.length} as expected${known ? `, ${known} known to be wrong` : ''}`,
        );
    }
    const failures = results.filter(({ one, wrong }) => wrong !== undefined && one.known === undefined).length;
    console.log(
      `${results.length} hostile inputs: ${failures} not as expected (${((performance.now() - start) / 1000).toFixed(0)} s)`,
    );
    return failures ? 1 : 0;
  } finally {
    server.close();
  }
}
