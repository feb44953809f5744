import type { HostArray } from '@graft/tensor';
import type { ExportCall, ExportContext, ExportValue } from './exporter.ts';
import { type ExternalSink, movedOut } from './proto/move-out.ts';
import { type AttributeValue, writeNode, writeTensor } from './proto/write.ts';

/** Collects the nodes and tensors of a graph under names that occur once. */
export class GraphWriter implements ExportContext {
  readonly opset: number;
  readonly nodes: Uint8Array[] = [];
  /** Tensors by name; only those that a node uses are wanted in the end. */
  readonly constants = new Map<string, HostArray>();
  readonly #taken: Set<string>;
  readonly #used = new Set<string>();
  readonly #uses: ReadonlyMap<ExportValue, readonly ExportCall[]>;
  readonly #covered = new Set<ExportCall>();

  /**
   * @param taken names that stand for something already
   * @param uses which calls use a value
   */
  constructor(opset: number, taken: Iterable<string>, uses: ReadonlyMap<ExportValue, readonly ExportCall[]>) {
    this.opset = opset;
    this.#taken = new Set(taken);
    this.#uses = uses;
  }

  /** The name, with a number behind it where it is taken. */
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

  /** Says that a name is used from outside, such as the graph's output. */
  use(name: string): void {
    this.#used.add(name);
  }

  /** The tensors that are used, as the file holds them; where there is a sink, it takes their values. */
  initializers(sink?: ExternalSink): { name: string; value: HostArray; bytes: Uint8Array }[] {
    const written = (name: string, value: HostArray): Uint8Array =>
      sink ? movedOut(writeTensor(name, value), sink) : writeTensor(name, value);
    return [...this.constants]
      .filter(([name]) => this.#used.has(name))
      .map(([name, value]) => ({ name, value, bytes: written(name, value) }));
  }
}
