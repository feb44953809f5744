import { ConfusionMatrix, classReport } from '@graft/train';
import { expect, test } from 'vitest';
import { lineChart, map } from './charts.ts';
import { commandOf } from './command-of.ts';
import { alike, interval, type Judged, likelyLabelErrors, principalPlane } from './judge.ts';
import { markup } from './markup.ts';
import { reportPage } from './report-page.ts';

const sample = (truth: number, probabilities: number[], features = [1, 0]): Judged => ({
  path: `${truth}.jpg`,
  truth,
  answer: probabilities.indexOf(Math.max(...probabilities)),
  probabilities: Float32Array.from(probabilities),
  loss: -Math.log(probabilities[truth]!),
  features: Float32Array.from(features),
});

test('markup escapes what is put in, and nothing twice', () => {
  const name = '"><img src=x onerror=alert(1)>`\u0000';
  const inner = markup`<b title="${name}">${name}</b>`;
  expect(inner.text).not.toMatch(/<img|"">|`|\0/);
  expect(markup`<p>${[inner, 'a&b', 1, undefined]}</p>`.text).toBe(`<p>${inner.text}a&#38;b1</p>`);
});
test('a hostile name stays a name everywhere in a report, and nothing is loaded from elsewhere', () => {
  const evil = '</title><script>alert(1)</script>';
  const matrix = new ConfusionMatrix(2);
  matrix.add({ values: Float32Array.of(2, 1, 0, 3, 1, 2), shape: [3, 2] }, [0, 1, 0]);
  const shown = { image: 'data:image/jpeg;base64,AA', name: evil, text: evil };
  const page = reportPage({
    title: evil,
    classes: [evil, 'b'],
    report: classReport(matrix, [evil, 'b']),
    matrix,
    log: [{ loss: 1, validationLoss: Number.NaN, validationAccuracy: 0.5 }],
    calibration: { bins: [], error: Number.NaN },
    hardest: [shown],
    labelErrors: [shown],
    alike: [{ one: shown, other: shown, text: evil }],
    plane: [0, 1, 2].map((x) => ({ x, y: x, group: 0, label: evil })),
    quarantined: [{ path: evil, reason: evil }],
    facts: [[evil, evil]],
    command: evil,
    seconds: 1,
  });
  expect(page).not.toContain('<script');
  expect(page).toContain("default-src 'none'");
  expect(page.match(/(?:src|href)="(?!data:|#)[^"]*"/g)).toBeNull();
  expect(page).not.toContain('NaN,');
});
test('a likely wrong label is one where the model is surer of another class than usual', () => {
  const judged = [
    sample(0, [0.9, 0.1]),
    sample(0, [0.8, 0.2]),
    sample(1, [0.2, 0.8]),
    sample(1, [0.97, 0.03]),
    sample(1, [0.45, 0.55]),
  ];
  expect(
    likelyLabelErrors(judged, 2).map(({ sample: { probabilities }, suggested }) => [probabilities[0], suggested]),
  ).toEqual([[Math.fround(0.97), 0]]);
  expect(likelyLabelErrors([], 2)).toEqual([]);
});
test('images whose features point the same way', () => {
  const judged = [
    sample(0, [1, 0], [1, 2]),
    sample(0, [1, 0], [2, 4.01]),
    sample(1, [0, 1], [-2, 1]),
    sample(1, [0, 1], [0, 0]),
  ];
  const [pair, ...others] = alike(judged);
  expect(others).toEqual([]);
  expect([pair!.one, pair!.other]).toEqual([judged[0], judged[1]]);
});
test('principal axes: the widest spread first', () => {
  const judged = Array.from({ length: 20 }, (_, i) => sample(0, [1, 0], [3 * Math.cos(i), Math.sin(2 * i), 0]));
  const plane = principalPlane(judged);
  const spread = (k: 0 | 1): number => plane.reduce((sum, point) => sum + point[k] ** 2, 0);
  expect(spread(0)).toBeGreaterThan(spread(1));
  expect(spread(0) + spread(1)).toBeCloseTo(
    judged.reduce((sum, { features }) => sum + features[0]! ** 2 + features[1]! ** 2, 0) -
      20 *
        ((judged.reduce((s, { features }) => s + features[0]!, 0) / 20) ** 2 +
          (judged.reduce((s, { features }) => s + features[1]!, 0) / 20) ** 2),
    1,
  );
});
test('Wilson’s interval', () => {
  const [low, high] = interval(8, 10);
  expect([low, high].map((share) => share.toFixed(3))).toEqual(['0.490', '0.943']); // 0.4902 to 0.9433
  expect(interval(0, 0)).toEqual([0, 1]);
});
test('charts say in words what they show, and stand a missing number', () => {
  expect(lineChart('Loss', [{ name: 'loss', values: [1, Number.NaN, 0.25] }]).text).toContain(
    'aria-label="Loss: at the end loss 0.25"',
  );
  expect(lineChart('Loss', [{ name: 'loss', values: [] }]).text).not.toContain('NaN');
  expect(map('m', [{ x: 1, y: 1, group: 0, label: 'a' }], ['cat', 'cow']).text).toContain('>ca<title>a');
});
test('the command is quoted for a shell, and writes a configuration where there is no flag', () => {
  expect(
    commandOf({
      model: "it's.onnx",
      data: 'photos',
      mean: [0.5, 0.5],
      strict: true,
      unfreeze: 'all',
      learningRate: 0.01,
      tensorboard: false,
    }),
  ).toBe(
    String.raw`graft finetune --model 'it'\''s.onnx' --data photos --mean 0.5,0.5 --strict --unfreeze all --learning-rate 0.01`,
  );
  expect(commandOf({ model: 'a.onnx', plugins: ['graft-plugin-swish', '/my plugins/a.ts'] })).toBe(
    `graft finetune --model a.onnx --plugin graft-plugin-swish --plugin '/my plugins/a.ts'`,
  );
  expect(commandOf({ model: 'a.onnx', optimizer: { name: 'sgd', momentum: 0.9 } })).toBe(
    `echo '{"model":"a.onnx","optimizer":{"name":"sgd","momentum":0.9}}' > graft.config.json && graft finetune --config graft.config.json`,
  );
});
