import type { HostArray } from '@graft/tensor';
import type { Dimension } from './export-inputs.ts';
import type { ExportCall, ExportContext, ExportValue } from './exporter.ts';
import { type ExternalSink, movedOut } from './proto/move-out.ts';
import type { OnnxFile } from './proto/read-model.ts';
import { type AttributeValue, writeNode, writeTensor } from './proto/write.ts';

/** An input of the file from which a dynamic dimension can be read. */
export interface GivenDimension {
  readonly input: string;
  readonly axis: number;
}

/** Collects the nodes and tensors of a graph under unique names. */
export class GraphWriter implements ExportContext {
  readonly opset: number;
  readonly nodes: Uint8Array[] = [];
  /** Tensors by name; unused ones are dropped in the end. */
  readonly constants = new Map<string, HostArray>();
  readonly #taken: Set<string>;
  readonly #used = new Set<string>();
  readonly #uses: ReadonlyMap<ExportValue, readonly ExportCall[]>;
  readonly #covered = new Set<ExportCall>();
  readonly #given: ReadonlyMap<string, GivenDimension>;
  readonly #dimensions = new Map<string, string>();

  /**
   * @param taken names already in use
   * @param uses which calls use a value
   * @param given where each dynamic dimension can be read
   */
  constructor(
    opset: number,
    taken: Iterable<string>,
    uses: ReadonlyMap<ExportValue, readonly ExportCall[]>,
    given: ReadonlyMap<string, GivenDimension> = new Map(),
  ) {
    this.opset = opset;
    this.#taken = new Set(taken);
    this.#uses = uses;
    this.#given = given;
  }

  /** Collects what is added to a file, under names that it does not have. */
  static addingTo({ nodes, constants, inputs, opsets }: OnnxFile): GraphWriter {
    const taken = [...nodes.flatMap(({ outputs }) => outputs), ...constants.keys(), ...inputs.map(({ name }) => name)];
    return new GraphWriter(opsets.get('') ?? 1, taken, new Map());
  }

  /** The name, with a number appended if it is taken. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue | undefined>> = {},
    output = this.unique(`${opType}_output`),
  ): string {
    for (const input of inputs) this.#used.add(input);
    this.nodes.push(writeNode({ opType, inputs, outputs: [output], name: this.unique(opType), attributes }));
    return output;
  }

  constant(value: HostArray, name = 'constant'): string {
    const own = this.unique(name);
    this.constants.set(own, value);
    return own;
  }

  integers(values: readonly number[]): string {
    return this.constant(
      { shape: [values.length], dtype: 'int64', data: BigInt64Array.from(values, BigInt) },
      'integers',
    );
  }

  sizes(shape: readonly Dimension[]): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.integers(shape);
    return this.node(
      'Concat',
      shape.map((dim) => (typeof dim === 'number' ? this.integers([dim]) : this.#dimension(dim))),
      { axis: 0 },
    );
  }

  isGiven(dimension: Dimension): boolean {
    return this.#given.has(dimension as string);
  }

  #dimension(name: string): string {
    const known = this.#dimensions.get(name);
    if (known !== undefined) return known;
    const given = this.#given.get(name);
    if (!given) throw new Error('a size computed from a dynamic dimension cannot be exported.');
    const shape = this.node('Shape', [given.input]);
    const size = this.node('Gather', [shape, this.integers([given.axis])], { axis: 0 });
    this.#dimensions.set(name, size);
    return size;
  }

  onlyUseOf(value: ExportValue): ExportCall | undefined {
    const uses = this.#uses.get(value) ?? [];
    return uses.length === 1 && !this.#used.has(value.name) ? uses[0] : undefined;
  }

  cover(call: ExportCall): void {
    this.#covered.add(call);
  }

  isCovered(call: ExportCall): boolean {
    return this.#covered.has(call);
  }

  /** Marks a name as used from outside, such as the graph's output. */
  use(name: string): void {
    this.#used.add(name);
  }

  /** The used tensors as stored in the file; a sink, if any, receives their values. */
  initializers(sink?: ExternalSink): { name: string; value: HostArray; bytes: Uint8Array }[] {
    const written = (name: string, value: HostArray): Uint8Array =>
      sink ? movedOut(writeTensor(name, value), sink) : writeTensor(name, value);
    return [...this.constants]
      .filter(([name]) => this.#used.has(name))
      .map(([name, value]) => ({ name, value, bytes: written(name, value) }));
  }
}
