import { dataPlugin } from '@graft/data';
import { readModel } from '@graft/onnx';
import { smallNetwork } from '@graft/onnx/testing';
import { createApp, GraftError } from '@graft/plugin';
import { classification, type Feed, type Modality, WrongModality } from '@graft/tasks';
import { expect, test } from 'vitest';
import { feedOf } from './feed-of.ts';

const app = await createApp([dataPlugin]);
const network = { card: undefined, file: readModel({ name: 'net', model: smallNetwork() }) };
/** A modality of files with one ending that feeds any network, or refuses it. */
const kind = (name: string, ending: string, refusal?: Error): Modality => ({
  name,
  noun: [name, `${name}s`],
  extensions: [ending],
  inputOf({ file }) {
    if (!file) throw new Error('has no file.');
    return file;
  },
  inputFrom: (value) => value,
  nameOf: () => '',
  async feed() {
    if (refusal) throw refusal;
    return { preprocessing: { name } } as Feed;
  },
  restore: async () => ({}) as Feed,
  usage: () => ({ inputs: '', script: '' }),
});
const files = (...names: readonly string[]): object[] =>
  names.map((name) => ({ input: { name, bytes: async () => new Uint8Array() }, label: 'a' }));
const chosen = async (modalities: readonly Modality[], data?: unknown): Promise<string> =>
  (await feedOf(app, network, { modalities, objective: classification, data })).modality.name;
const both = [kind('image', '.png'), kind('wave', '.wav')];

test('the data decides between modalities that can feed a network', async () => {
  expect(await chosen(both, files('1.wav', '2.wav'))).toBe('wave');
  expect(await chosen(both, files('1.png', '2.PNG', 'x.wav'))).toBe('image');
  expect(await chosen(both)).toBe('image');
});
test('data that does not decide is an error, and data that cannot be opened is the error', async () => {
  await expect(chosen(both, files('1.txt'))).rejects.toThrow(
    '"net" can be fed as image or wave, and the data contains examples of neither. Choose one with the option modality.',
  );
  await expect(chosen(both, files('1.png', '2.wav'))).rejects.toThrow('contains examples of each.');
  await expect(chosen(both, 'nowhere')).rejects.toMatchObject({
    code: 'data.open',
    message: expect.stringMatching(/^"nowhere" cannot be opened as images\./),
  });
});
test('a refusal names what is missing for the modality of the network, else every reason', async () => {
  const other = kind('text', '.txt', new WrongModality('"net" has an input "image".'));
  const mine = kind('image', '.png', new Error('"net" takes images of any size. Set the option size.'));
  const refused = chosen([other, mine], files('1.txt'));
  await expect(refused).rejects.toThrow(/^"net" takes images of any size\. Set the option size\.$/);
  await expect(refused).rejects.toBeInstanceOf(GraftError);
  await expect(chosen([other, kind('wave', '.wav', new WrongModality('"net" is not one of waves.'))])).rejects.toThrow(
    'No modality can feed "net". As text: it has an input "image". As wave: it is not one of waves.',
  );
});
test('files without an extension are distinguished by their first bytes', async () => {
  const starting = (letter: number): ((head: Uint8Array) => boolean) => {
    return (head) => head.length <= 32 && head[0] === letter;
  };
  const modalities = both.map((one, i) => ({ ...one, recognises: starting(i + 1) }));
  const unnamed = (...letters: readonly number[]): object[] =>
    letters.map((letter) => ({ input: Uint8Array.of(letter, ...new Uint8Array(40)), label: 'a' }));
  expect(await chosen(modalities, unnamed(2, 2, 1))).toBe('wave');
  expect(await chosen(modalities, unnamed(1, 1, 2))).toBe('image');
  await expect(chosen(modalities, unnamed(3))).rejects.toThrow('contains examples of neither');
});
