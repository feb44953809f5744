// @ts-check
// Prints what `npm run alone` finds on this machine: a cached result is only used again where the same parts of it can run.
import { findChromium, noChromium } from '../testing/find-chromium.mjs';
import { root } from '../build/build.mjs';
import { npm } from './npm.mjs';

const registry = await npm(['view', 'reflect-metadata', 'version', '--fetch-retries=0'], root).then(
  () => 'the registry is reachable',
  () => 'the registry is not reachable',
);
console.log(`${registry}; ${findChromium() ?? noChromium}`);
