// @ts-check
// Fails if pnpm-lock.yaml contains an address: installations would fetch from there, whatever registry npm is configured for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build/build.mjs';

const address = /https?:\/\/\S+/.exec(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'));
if (address) {
  console.error(
    `pnpm-lock.yaml contains the address ${address[0]}: install with the default registry settings of this repository.`,
  );
  process.exitCode = 1;
}
