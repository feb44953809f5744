import type { DatasetSource } from './dataset-source.ts';
import type { ExampleFile, ExampleInput } from './examples.ts';

/** An example passed in code: its file, bytes or text, and any other fields. */
export interface GivenExample {
  readonly input: ExampleInput | Uint8Array;
  /** Its name in messages; default its index. */
  readonly name?: string;
  readonly [field: string]: unknown;
}

const isGiven = (value: unknown): value is GivenExample =>
  typeof value === 'object' && value !== null && 'input' in value;

/** Opens examples passed in code: `[{ input: bytes, label: 'cat' }, …]`. */
export const exampleListSource: DatasetSource = {
  name: 'exampleList',
  opens: 'a list of examples such as [{ input, label }]',
  accepts: (location) => Array.isArray(location) && location.length > 0 && location.every(isGiven),
  open: async (location) => {
    const given = location as readonly GivenExample[];
    const list = given.map(({ input, name, ...fields }, i) => {
      const place = name ?? `example ${i}`;
      return {
        place,
        ...(typeof input === 'string' ? {} : { file: fileOf(input, place) }),
        fields: { ...fields, ...(typeof input === 'string' && { input }) },
      };
    });
    return {
      root: '',
      list,
      columns: [...new Set(list.flatMap(({ fields }) => Object.keys(fields)))],
      ignored: [],
      file(path) {
        throw new Error(`Examples passed in code have no file "${path}". Pass its contents as input.`);
      },
    };
  },
};

const fileOf = (input: ExampleFile | Uint8Array, name: string): ExampleFile =>
  input instanceof Uint8Array ? { name, bytes: async () => input } : input;
