import { expect, test } from 'vitest';
import { asGraftError, GraftError, withCode } from './index.ts';

test('an error has a code, a place and, after its first sentence, a hint', () => {
  const error = new GraftError('"a.onnx" takes images of 1.5 sizes. Set the option size, such as 224.', {
    code: 'model.input',
    place: 'a.onnx',
  });
  expect(error).toMatchObject({ name: 'GraftError', code: 'model.input', place: 'a.onnx' });
  expect(error.hint).toBe('Set the option size, such as 224.');
  expect(new GraftError('One sentence.', { code: 'x' }).hint).toBeUndefined();
});
test('withCode adds a code to errors that have none', async () => {
  const cause = new Error('It fails. Try again.');
  await expect(withCode('data.open', 'photos', () => Promise.reject(cause))).rejects.toMatchObject({
    code: 'data.open',
    place: 'photos',
    message: 'It fails. Try again.',
    hint: 'Try again.',
    cause,
  });
  const known = new GraftError('Known.', { code: 'data.read' });
  await expect(
    withCode('data.open', undefined, () => {
      throw known;
    }),
  ).rejects.toBe(known);
  expect(asGraftError('text', 'x').message).toBe('text');
});
