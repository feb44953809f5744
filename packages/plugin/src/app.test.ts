import { expect, test } from 'vitest';
import { apiVersion, createApp, definePlugin, extensionPoint, service } from './index.ts';

const fruit = extensionPoint<{ name: string; colour: string }>('fruit');
const apple = definePlugin({ name: 'apple', apiVersion, contributes: [fruit({ name: 'apple', colour: 'red' })] });

test('get finds a contribution by name', async () =>
  expect((await createApp([apple])).get(fruit, 'apple').colour).toBe('red'));
test('the error for an unknown name suggests the nearest spelling', async () => {
  const app = await createApp([apple]);
  expect(() => app.get(fruit, 'aplpe')).toThrow('No fruit "aplpe". Did you mean "apple"? Available: apple');
  expect(() => app.get(fruit, 'zucchini')).toThrow('No fruit "zucchini". Available: apple.');
  expect(() => app.get(fruit, 'z'.repeat(1e6))).toThrow(`No fruit "${'z'.repeat(100)}…". Available: apple.`);
  const many = definePlugin({
    name: 'many',
    apiVersion,
    contributes: Array.from({ length: 50 }, (_, i) =>
      fruit({ name: `fruit${String(i).padStart(2, '0')}`, colour: '' }),
    ),
  });
  const full = await createApp([many]);
  expect(() => full.get(fruit, 'kiwi')).toThrow(/, fruit39 and 10 more\.$/);
});
test('an extension point without contributions is an empty list', async () =>
  expect((await createApp()).all(fruit)).toEqual([]));
test('the error for a duplicate name lists both plugins', () =>
  expect(createApp([apple, { ...apple, name: 'orchard' }])).rejects.toThrow(
    'Plugins "apple" and "orchard" both add a fruit "apple"',
  ));
test('installing a plugin twice is rejected', () =>
  expect(createApp([apple, apple])).rejects.toThrow('"apple" is installed twice'));
test('missing requirements are rejected', () =>
  expect(createApp([{ ...apple, requires: ['tree'] }])).rejects.toThrow('needs "tree" to be installed before it.'));
test('the error for a different API version says which side to update', async () => {
  await expect(createApp([{ ...apple, apiVersion: 2 }])).rejects.toThrow(
    'Plugin "apple" was written for plugin API 2, but this app uses 1. Update @graft/plugin.',
  );
  await expect(createApp([{ ...apple, apiVersion: 0 }])).rejects.toThrow(
    'Plugin "apple" was written for plugin API 0, but this app uses 1. Update "apple".',
  );
});
test('apps are isolated', async () => {
  await createApp([apple]);
  expect((await createApp()).all(fruit)).toEqual([]);
});
test('setup sees all contributions, dispose runs in reverse order', async () => {
  const seen: string[] = [];
  const late = definePlugin({
    name: 'late',
    apiVersion,
    contributes: [],
    setup: (app) => void seen.push(...app.all(fruit).map((f) => f.name)),
    dispose: () => void seen.push('late gone'),
  });
  const app = await createApp([late, { ...apple, dispose: () => void seen.push('apple gone') }]);
  await app.dispose();
  expect(seen).toEqual(['apple', 'apple gone', 'late gone']);
});
test('a contribution marked as a replacement replaces that of another plugin', async () => {
  const green = definePlugin({
    name: 'green',
    apiVersion,
    contributes: [fruit({ name: 'apple', colour: 'green' }, { replaces: true })],
  });
  const app = await createApp([apple, green]);
  expect(app.get(fruit, 'apple').colour).toBe('green');
  expect(app.all(fruit)).toHaveLength(1);
  expect(app.ownerOf(app.get(fruit, 'apple'))).toBe(green);
  await expect(createApp([green])).rejects.toThrow('"green" replaces the fruit "apple", which does not exist.');
  await expect(createApp([apple, green, { ...green, name: 'other' }])).rejects.toThrow(
    'Plugins "green" and "other" both replace the fruit "apple"',
  );
});

const clock = service<() => number>('clock');
test('a scope has its own services, and falls back to outer ones', async () => {
  const app = (await createApp([apple])).provide(clock, () => 1);
  const run = app.createScope().provide(clock, () => 2);
  expect([app.use(clock)(), run.use(clock)(), run.createScope().use(clock)()]).toEqual([1, 2, 2]);
  expect(app.createScope().use(clock)()).toBe(1);
  expect(run.get(fruit, 'apple').colour).toBe('red');
});
test('a lazy service is created once', async () => {
  let made = 0;
  const scope = (await createApp()).createScope().provideLater(clock, () => {
    made++;
    return () => 3;
  });
  expect(made).toBe(0);
  expect([scope.use(clock)(), scope.use(clock)(), made]).toEqual([3, 3, 1]);
});
test('the error for a missing service names it', async () => {
  const app = await createApp();
  expect(app.find(clock)).toBeUndefined();
  expect(() => app.createScope().use(clock)).toThrow('The service "clock" is not provided here.');
});
