// @ts-check
// Packs every package as it would be published, into .cache/packed.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build/build.mjs';
import { pnpm } from './npm.mjs';

const packed = join(root, '.cache/packed');
rmSync(packed, { recursive: true, force: true });
await pnpm(['-r', '--filter', './packages/*', 'pack', '--out', join(packed, '%s.tgz')], root);
const missing = readdirSync(join(root, 'packages')).length - readdirSync(packed).length;
if (missing) throw new Error(`${missing} of the packages in packages/ were not packed.`);
