import { type HeldInput, holdInputs, type OnnxFile, type ValuePort } from '@graft/onnx';
import { didYouMean, showJson } from '@graft/plugin';
import { type DType, isFloat, sizeOf, toArray, toNumbers } from '@graft/tensor';
import { flagFor, showDims } from './image-input.ts';

/** What an input can be held at: one value for all its elements, or a list of them. */
export type InputValue = number | boolean | readonly number[];

/** Types of values that can be set. */
const settable: ReadonlySet<string> = new Set<DType>([
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
]);
const isDType = (dtype: string): dtype is DType => settable.has(dtype);

/** Largest number of elements of an input that is held at a value. */
const mostElements = 2 ** 20;

/** The other inputs of an image network, held at constants. */
export interface HeldInputs {
  readonly file: OnnxFile;
  /** Sentences about values that were not given. */
  readonly notes: readonly string[];
}

/**
 * Holds all inputs of a network except its images at constants: at the given values, or at those that follow from their names.
 * @param image the input that takes images
 * @param size of the images
 * @throws if nothing says the value of an input, or a value does not fit; the error names the input
 */
export function withHeldInputs(
  file: OnnxFile,
  {
    image,
    given,
    size,
  }: {
    readonly image: ValuePort;
    readonly given: Readonly<Record<string, InputValue>>;
    readonly size: { readonly width: number; readonly height: number };
  },
): HeldInputs {
  const names = file.inputs.map(({ name }) => name);
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new Error(
        `"${file.name}" has no input "${name}" to set.${didYouMean(name, names)} Its inputs are ${names.slice(0, 16).join(', ')}.`,
      );
  const notes: string[] = [];
  const held: Record<string, HeldInput> = {};
  for (const port of file.inputs) {
    const { name } = port;
    if (name === image.name) continue;
    const chosen = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = chosen ?? usualValue(port, size);
    if (value === undefined)
      throw new Error(
        `"${file.name}" has an input "${name}" (${port.dtype} ${showDims(port.shape)}) besides its images "${image.name}", and nothing specifies its value. Set it: ${flagFor(port)}.`,
      );
    held[name] = heldAt(file, port, image, value);
    if (chosen === undefined) notes.push(`The input "${name}" of "${file.name}" is held at ${shown(value)}.`);
  }
  return { file: holdInputs(file, held), notes };
}

const shown = (value: InputValue): string => (Array.isArray(value) ? value.join(', ') : String(value));

/** The value of an input that conventions give: not in training, nothing dropped, the size of the images. */
function usualValue(
  { name, dtype, shape }: ValuePort,
  { width, height }: { readonly width: number; readonly height: number },
): InputValue | undefined {
  const word = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  const sizes = (shape ?? []).slice(shape && shape.length > 1 ? 1 : 0);
  const count = shape && sizes.every((one) => typeof one === 'number') ? sizeOf(sizes) : undefined;
  // A scalar has no dimensions, which files write as none at all.
  const isScalar = !shape?.length || (shape.length === 1 && shape[0] === 1);
  const is = (pattern: RegExp): boolean => pattern.test(word);
  if (
    isScalar &&
    is(/(^|[^a-z])(is_train|is_training|training|train|train_mode|training_mode|learning_phase|phase_train)([^a-z]|$)/)
  )
    return dtype === 'bool' ? false : 0;
  if (isScalar && isFloat(dtype as DType)) {
    if (is(/keep_?prob|keep_?rate/)) return 1;
    if (is(/(^|[^a-z])drop(out|path)?_?(rate|prob|ratio|p)([^a-z]|$)/)) return 0;
  }
  if (count === 2 && is(/(^|[^a-z])((image|img|im|orig|original|target|input)_?)+(sizes?|shapes?|hw)([^a-z]|$)/))
    return [height, width];
  if (count === 2 && is(/(^|[^a-z])scale_factors?([^a-z]|$)/)) return [1, 1];
  return undefined;
}

/** @throws if the value does not fit the input */
function heldAt(file: OnnxFile, { name, dtype, shape }: ValuePort, image: ValuePort, value: InputValue): HeldInput {
  const place = `The input "${name}" of "${file.name}"`;
  if (!isDType(dtype))
    throw new Error(`${place} takes ${dtype} values, which cannot be set. Remove it from the graph.`);
  const list = Array.isArray(value) ? (value as readonly number[]) : undefined;
  const dims = shape ?? (list && list.length > 1 ? [list.length] : []);
  // An input with a value for each example has the batch of the images.
  const isPerExample =
    dims.length > 1 && typeof dims[0] !== 'number' && typeof image.shape?.[0] !== 'number' && image.shape !== undefined;
  const known = dims.map((size) => (typeof size === 'number' ? size : 1));
  const open = dims.findIndex((size, i) => typeof size !== 'number' && (i > 0 || !isPerExample));
  const rest = sizeOf(known);
  // A list fills an open dimension.
  const sizes = list && open >= 0 && list.length % rest === 0 ? known.with(open, list.length / rest) : known;
  const count = sizeOf(sizes);
  if (count > mostElements)
    throw new Error(
      `${place} has ${count} elements, but at most ${mostElements} can be set. Remove it from the graph.`,
    );
  if (list && list.length !== 1 && list.length !== count)
    throw new Error(
      `${place} is ${dtype} ${showDims(shape)}, but was set to ${list.length} values (${showJson(list, 60)}). Set one value, or ${count}.`,
    );
  const at = (i: number): number => Number(list ? list[list.length === 1 ? 0 : i] : value);
  const numbers = Array.from({ length: count }, (_, i) => at(i));
  const misfit = (expected: string): Error =>
    new Error(`${place} takes ${dtype} values, but was set to ${showJson(value, 60)}. Set ${expected}.`);
  if (!isFloat(dtype) && !numbers.every(Number.isInteger)) throw misfit('integers');
  const data = toArray(numbers, dtype);
  if (!isFloat(dtype) && toNumbers(data, dtype).some((one, i) => one !== numbers[i] || (dtype === 'bool' && one > 1)))
    throw misfit(dtype === 'bool' ? 'true or false' : 'integers of this type');
  return { value: { shape: sizes, dtype, data }, ...(isPerExample && { repeatedFor: image.name }) };
}
