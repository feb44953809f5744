import { GraftError } from '@graft/plugin';
import type { EvaluatedExample, Label } from '@graft/report';
import { anyText, type Check, finite, integer, isObject, misfit, text } from './check.ts';

/** A held-out example of a run, with the model's output. */
export interface HeldOutPrediction {
  /** Path relative to the data. */
  readonly name: string;
  /** The first 64 bits of the SHA-256 of its contents, in hexadecimal, if they are a file. */
  readonly digest?: string;
  readonly label: Label;
  /** The raw outputs, such as logits. */
  readonly values: Float32Array;
}

/** Maximum number of outputs in a file. */
const mostNumbers = 1e6;
const format = 1;

/** The text of `predictions.json`. With too many outputs for a file of about 10 MB, it has those of the examples whose names come first, so other runs on the same data have the same. */
export function encodePredictions(
  examples: readonly (Pick<EvaluatedExample, 'name' | 'label' | 'values'> & { readonly digest?: string | undefined })[],
): string {
  const most = Math.floor(mostNumbers / Math.max(1, examples[0]?.values.length ?? 1));
  const rows = examples
    .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
    .slice(0, most)
    .map(({ name, digest, label, values }) =>
      JSON.stringify({
        name,
        ...(digest !== undefined && { digest: digest.slice(0, 16) }),
        label: typeof label === 'number' ? label : Array.from(label, exact),
        values: Array.from(values, exact),
      }),
    );
  return `{"format":${format},"heldOut":${examples.length},"examples":[\n${rows.join(',\n')}\n]}\n`;
}

/** The shortest number that is the same in float32. */
const exact = (value: number): number => Number(value.toPrecision(9));

const numbers: Check = {
  expected: 'a list of numbers',
  fits: (value) => Array.isArray(value) && value.every(finite.fits),
};
const checks: Readonly<Record<string, Check>> = {
  name: anyText,
  digest: text,
  label: {
    expected: 'a class or a list of numbers',
    fits: (value) => integer(0).fits(value) || numbers.fits(value),
  },
  values: numbers,
};

/**
 * Parses and validates `predictions.json`, because the folder may come from someone else.
 * @param outputs number of outputs of the run's model
 * @param file its path, for messages
 * @throws if it is damaged
 */
export function parsePredictions(text: string, outputs: number, file: string): HeldOutPrediction[] {
  const broken = (what: string): GraftError =>
    new GraftError(`"${file}" ${what}. Remove the file to compare the run without its predictions.`, {
      code: 'run.damaged',
      place: file,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('is not JSON');
  }
  if (!isObject(value) || !Array.isArray(value['examples'])) throw broken('has no list of examples');
  if (value['format'] !== format) throw broken(`does not have the format ${format}`);
  return value['examples'].map((one: unknown) => {
    const wrong = isObject(one)
      ? misfit(one, checks, ['name', 'label', 'values'])
      : 'has an example that is not an object';
    if (wrong !== undefined) throw broken(wrong);
    const { name, digest, label, values } = one as Omit<HeldOutPrediction, 'label' | 'values'> & {
      readonly label: number | readonly number[];
      readonly values: readonly number[];
    };
    const isWrong = typeof label === 'number' ? label >= outputs : label.length !== outputs;
    if (values.length !== outputs || isWrong)
      throw broken(`has an example whose label or outputs do not fit a model with ${outputs} outputs`);
    return {
      name,
      ...(digest !== undefined && { digest }),
      label: typeof label === 'number' ? label : Float32Array.from(label),
      values: Float32Array.from(values),
    };
  });
}
