import { type Exhibit, markup } from '@graft/report';
import { classification, regression } from '@graft/tasks';
import { expect, test } from 'vitest';
import type { HeldOut, LiveExample, Validated } from './held-out.ts';
import { LiveRun } from './live-run.ts';
import { LiveView } from './live-view.ts';

const evil = '<img src=x onerror=document.title=1>&"\'';
const still = { now: () => 0, processorTime: () => 0, memory: () => undefined };
const shown = (name: string, exhibit?: Exhibit): LiveExample => ({ name, show: async () => exhibit });
const picture = { bytes: Uint8Array.of(1, 2), type: 'image/png' as const };
const outputs = { values: Float32Array.of(1, 0, 3, 0), shape: [2, 2] };

function validatedRun(
  heldOut: HeldOut,
  validated: Partial<Validated> = {},
): { readonly live: LiveRun; readonly view: LiveView } {
  const live = new LiveRun({ heldOut, machine: still });
  live.validated = { batches: [{ outputs, labels: [0, 1] }], examples: heldOut.examples ?? [], ...validated };
  return { live, view: new LiveView(live, 'a title') };
}

test('untrusted names are escaped everywhere', async () => {
  const examples = [shown(evil, { text: evil }), shown(evil, { picture })];
  const { live, view } = validatedRun({ objective: classification, names: ['a', evil], examples });
  live.listen({ type: 'warning', message: evil });
  live.listen({ type: 'progress', what: evil, done: 1, total: 2 });
  live.beginPhase(evil);
  live.logEpochs([{ epoch: 1, loss: 1, [evil]: 0.5 }]);
  live.beginPhase(evil);
  live.logEpochs([{ epoch: 1, loss: 1 }]);
  view.renew();
  await view.exhibited();
  for (const ended of [undefined, { failure: evil }, { score: 1, folder: evil }]) {
    view.ended = ended;
    view.renew();
    for (const part of ['stage', 'learning', 'scores', 'hardest', 'warnings'])
      if (part !== 'stage' || ended) expect(view.parts[part]).toContain('&#60;img src=x');
    for (const html of [...Object.values(view.parts), view.page()]) expect(html).not.toContain('<img src=x');
  }
  expect(new LiveView(live, evil).page()).not.toContain('<img src=x');
});
test('without an objective, scores and hardest examples are hidden', () => {
  const live = new LiveRun({ machine: still });
  const view = new LiveView(live, 'a title');
  view.renew();
  expect([view.parts['scores'], view.parts['hardest']]).toEqual(['', '']);
  expect(view.page()).toMatch(/<section aria-labelledby="scores-heading" hidden>/);
  expect(view.page()).toMatch(/<section aria-labelledby="warnings-heading">/);
  live.heldOut = { objective: classification, names: ['a', 'b'] };
  view.renew();
  expect(view.parts['scores']).toContain('No validation results yet.');
  expect(view.page()).not.toMatch(/<section aria-labelledby="(scores|hardest)-heading" hidden>/);
});
test('scores show the objective’s own tables if it has any, otherwise its rows', () => {
  const { view } = validatedRun({ objective: classification, names: ['a', 'b'] });
  view.renew();
  expect(view.parts['scores']).toContain('Accuracy 50.0 % on 2 held-out examples');
  expect(view.parts['scores']).toContain('aria-label="Confusion matrix"');
  const batch = { outputs, labels: Float32Array.of(1, 0, 1, 1), labelShape: [2, 2] };
  const numbers = validatedRun({ objective: regression, names: ['x', 'y'] }, { batches: [batch] });
  numbers.view.renew();
  expect(numbers.view.parts['scores']).toMatch(/<th scope="row" class="name">x<\/th>/);
  expect(numbers.view.parts['scores']).toMatch(/mean absolute error/);
  const own = {
    ...regression,
    evaluator: (names: readonly string[]) => ({
      ...regression.evaluator(names),
      tables: () => markup`<p>custom tables</p>`,
    }),
  };
  const drawn = validatedRun({ objective: own, names: ['x', 'y'] }, { batches: [batch] });
  drawn.view.renew();
  expect(drawn.view.parts['scores']).toContain('<p>custom tables</p>');
});
test('examples show their picture or text once it is loaded', async () => {
  const examples = [shown('one.png', { picture }), shown('two.txt', { text: 'x'.repeat(300) })];
  const { view } = validatedRun({ objective: classification, names: ['a', 'b'], examples });
  expect(Object.keys(view.renew())).toContain('hardest');
  expect(view.parts['hardest']).not.toContain('<img');
  await view.exhibited();
  expect(Object.keys(view.renew())).toEqual(['hardest']);
  const [, id] = /<img src="examples\/(\d+)" alt="one.png"/.exec(view.parts['hardest']!)!;
  expect(view.exhibit(Number(id))).toEqual({ picture });
  expect(view.parts['hardest']).toContain(`<blockquote>${'x'.repeat(240)}…</blockquote>`);
  for (const other of [2, -1, Number.NaN]) expect(view.exhibit(other)).toBeUndefined();
});
test('an example that cannot be shown gets a card without a picture', async () => {
  const broken: LiveExample = {
    name: 'broken.png',
    show: () => {
      throw new Error('damaged');
    },
  };
  const examples = [broken, shown('nothing.png')];
  const { view } = validatedRun({ objective: classification, names: ['a', 'b'], examples });
  view.renew();
  await view.exhibited();
  view.renew();
  expect(view.parts['hardest']).toContain('broken.png');
  expect(view.parts['hardest']).not.toMatch(/<img|<blockquote/);
});
test('pictures stay within their share of the processor time, except at the end of the run', () => {
  let used = 0;
  const examples = [shown('one'), shown('two')];
  const live = new LiveRun({
    heldOut: { objective: classification, names: ['a', 'b'] },
    machine: { ...still, processorTime: () => used },
  });
  const view = new LiveView(live, 'a title');
  const worst = (...labels: number[]): string => {
    live.validated = { batches: [{ outputs, labels }], examples };
    view.renew();
    return /class="path">(\w+)/.exec(view.parts['hardest']!)![1]!;
  };
  expect(worst(0, 1)).toBe('two');
  used = 2 * (20 / 0.005) - 20 - 1; // two pictures were made
  expect(worst(1, 0)).toBe('two');
  used++;
  expect(worst(1, 0)).toBe('one');
  const others = [shown('three'), shown('four')];
  live.validated = { batches: [{ outputs, labels: [0, 1] }], examples: others };
  view.renew();
  live.validated = { batches: [{ outputs, labels: [1, 0] }], examples: others };
  view.renew();
  expect(view.parts['hardest']).toMatch(/four.*three/s);
  view.ended = {};
  view.renew();
  expect(view.parts['hardest']).toMatch(/three.*four/s);
});
test('a part that cannot be rendered shows the error, and the others are rendered', () => {
  const { live, view } = validatedRun({ objective: classification, names: ['a', 'b', 'c'] });
  live.listen({ type: 'warning', message: 'beware' });
  view.renew();
  expect(view.parts['scores']).toContain(
    'This part cannot be rendered: ConfusionMatrix was created for 3 classes, but outputs [2, 2] have 2.',
  );
  expect(view.parts['warnings']).toContain('beware');
});
test('renew returns only parts that have changed', () => {
  const live = new LiveRun({ machine: still });
  const view = new LiveView(live, 'a title');
  expect(Object.keys(view.renew())).toContain('stage');
  expect(view.renew()).toEqual({});
  live.listen({ type: 'warning', message: 'beware' });
  expect(Object.keys(view.renew())).toEqual(['warnings']);
});
test('all logged metrics have charts, with the objective’s titles if it has any', () => {
  const live = new LiveRun({ machine: still });
  live.beginPhase('head');
  live.logEpochs([
    { epoch: 1, loss: 1, accuracy: 0.5, topFive: 2, validationLoss: 2, validationAccuracy: 0.25, validationOnly: 3 },
  ]);
  const titles = (): string[] => {
    const view = new LiveView(live, 'a title');
    view.renew();
    return [...view.parts['learning']!.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, title]) => title!);
  };
  expect(titles()).toEqual(['Loss', 'Accuracy', 'Top five', 'Only']);
  live.heldOut = { objective: classification, names: ['a', 'b'] };
  expect(titles()).toEqual(['Loss', 'Accuracy', 'Top five', 'Only']);
  const view = new LiveView(live, 'a title');
  view.renew();
  expect(view.parts['learning']).toMatch(/Accuracy<\/strong>.*training <b>50 %<\/b>.*validation <b>25 %/s);
  expect(view.parts['now']).toContain('<dt>validation accuracy</dt><dd>25.0 %</dd>');
});
test('the stage shows how the run ended', () => {
  const { view } = validatedRun({ objective: classification, names: ['a', 'b'] });
  const stage = (ended: LiveView['ended']): string => {
    view.ended = ended;
    view.renew();
    return view.parts['stage']!;
  };
  expect(stage({ score: 0.935, folder: 'runs/x' })).toBe(
    '<strong>The run has ended</strong>: accuracy 93.5 % on held-out examples. Its files are in runs/x.',
  );
  expect(stage({})).toBe('<strong>The run has ended</strong>.');
  expect(stage({ failure: 'The loss became NaN.' })).toBe('<strong>The run failed.</strong> The loss became NaN.');
});
