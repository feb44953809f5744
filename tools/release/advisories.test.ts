import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Advisory, affecting, compareVersions } from './affected.mjs';
import { checkAdvisories } from './check-advisories.mjs';
import { lockedVersions, readLockfile } from './locked-packages.mjs';

const root = new URL('../../', import.meta.url);
const lockfile = readFileSync(new URL('pnpm-lock.yaml', root), 'utf8');
const known = JSON.parse(readFileSync(new URL('advisories.json', import.meta.url), 'utf8')) as {
  readonly advisories: Advisory[];
  readonly accepted: { id: string; package: string; version: string; reason: string }[];
};

test('versions are in the order of semantic versioning', () => {
  const order =
    '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.9 1.0.10 1.2.0 2.0.0';
  const versions = order.split(' ');
  expect(versions.toReversed().sort(compareVersions)).toEqual(versions);
  expect(compareVersions('1.2.3+a', '1.2.3+b')).toBe(0);
});
test('a range starts at a version, and ends before the one that fixes it', () => {
  const advisory: Advisory = {
    id: 'GHSA-0',
    package: 'a',
    severity: 'high',
    summary: 's',
    ranges: [{ introduced: '1.0.0', fixed: '1.2.0' }, { introduced: '3.0.0' }],
  };
  const isAffected = (version: string, name = 'a'): boolean => affecting([advisory], name, version).length > 0;
  expect(
    ['0.9.9', '1.0.0', '1.1.9', '1.2.0-rc.1', '1.2.0', '2.0.0', '3.0.0', '9.0.0'].map((one) => isAffected(one)),
  ).toEqual([false, true, true, true, false, false, true, true]);
  expect(isAffected('1.0.0', 'b')).toBe(false);
});
test('a vulnerable version in the lockfile is found, whether or not it is known to be harmless in tools', () => {
  const planted = lockfile
    .replace('  sharp@0.35.5:\n', '  sharp@0.32.5:\n')
    .replace('packages:\n', 'packages:\n\n  protobufjs@7.2.4:\n    resolution: {integrity: sha512-AAAA}\n');
  expect(planted).not.toContain('  sharp@0.35.5:\n');
  const { problems } = checkAdvisories(lockedVersions(readLockfile(planted)), known, new Set());
  expect(problems).toContain(
    'protobufjs@7.2.4: GHSA-h755-8qp9-cq85 (critical): Prototype pollution by parsed .proto files and options',
  );
  expect(problems.filter((line) => line.startsWith('sharp@0.32.5: '))).toHaveLength(2);
});
test('nothing that is locked is affected, except what is accepted with a reason', () => {
  const packages = lockedVersions(readLockfile(lockfile));
  expect(packages.length).toBeGreaterThan(500);
  expect(checkAdvisories(packages, known, new Set()).problems).toEqual([]);
});
test('advisories against what users install cannot be accepted, and acceptance ends with its reason', () => {
  const advisories: Advisory[] = [
    { id: 'G', package: 'a', severity: 'low', summary: 's', ranges: [{ introduced: '0' }] },
  ];
  const accepted = [{ id: 'G', package: 'a', version: '1.0.0', reason: 'r' }];
  const check = (version: string, shipped: string[] = []) =>
    checkAdvisories([{ name: 'a', version }], { advisories, accepted }, new Set(shipped));
  expect(check('1.0.0')).toEqual({ problems: [], accepted: ['a@1.0.0: G (low): s. Accepted: r'] });
  expect(check('1.0.0', ['a@1.0.0']).problems[0]).toBe('a@1.0.0: G (low): s');
  expect(check('1.0.1').problems).toEqual([
    'a@1.0.1: G (low): s',
    'a@1.0.0: G is accepted, but no longer matches; remove it from "accepted"',
  ]);
});
test('each advisory has what the check needs', () => {
  for (const { id, summary, ranges, severity, package: name } of known.advisories) {
    expect(id).toMatch(/^(GHSA(-[23456789cfghjmpqrvwx]{4}){3}|CVE-\d{4}-\d+)$/);
    expect([name, summary].every(Boolean) && ranges.length > 0).toBe(true);
    expect(['low', 'moderate', 'high', 'critical', 'unknown']).toContain(severity);
    for (const { introduced, fixed } of ranges) if (fixed) expect(compareVersions(introduced, fixed)).toBeLessThan(0);
  }
  expect(new Set(known.advisories.map(({ id }) => id)).size).toBe(known.advisories.length);
});
