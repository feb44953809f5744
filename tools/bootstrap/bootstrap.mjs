// Prepares a fresh clone with only Node.js and npm: fetches the pinned pnpm through npm,
// installs from the lockfile, and returns immediately if nothing has changed. Only node: imports.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const stamp = `${root}/node_modules/.graft-bootstrap`;
const hash = createHash('sha256');
for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
  hash.update(readFileSync(`${root}/${file}`));
const want = `${process.version} ${process.platform} ${process.arch} ${hash.digest('hex')}`;

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== want) {
  console.log(`Installing with ${packageManager} …`);
  const run = spawnSync(
    'npm',
    ['exec', '--yes', `--package=${packageManager}`, '--', 'pnpm', 'install', '--frozen-lockfile'],
    {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  );
  if (run.status !== 0) process.exit(run.status ?? 1);
  writeFileSync(stamp, want);
}
