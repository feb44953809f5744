import type { HostArray } from '@graft/tensor';
import type { ExternalData } from './external-data.ts';
import { isTexts, readTensor, readTexts } from './read-tensor.ts';
import { type AttributeProto, type GraphProto, toBigInt, toInteger, toText } from './schema.ts';
import { outerNames } from './outer-names.ts';

/** AttributeProto.AttributeType, and its name in messages. */
const kinds: Readonly<Record<number, string>> = {
  1: 'float',
  2: 'int',
  3: 'string',
  4: 'tensor',
  5: 'graph',
  6: 'floats',
  7: 'ints',
  8: 'strings',
};

/** A node's attributes by name and type. Reading a missing one without a fallback throws. */
export class Attributes {
  readonly #protos: ReadonlyMap<string, AttributeProto>;
  readonly #place: string;
  readonly #external: ExternalData;
  #captured: string[] | undefined;

  constructor(protos: readonly AttributeProto[], place: string, external: ExternalData) {
    this.#protos = new Map(protos.map((proto) => [proto.name ?? '', proto]));
    if (this.#protos.size < protos.length) {
      const twice = protos.find(({ name }, i) => protos.findIndex((one) => one.name === name) < i);
      throw new Error(`${place} has two attributes named "${twice?.name ?? ''}".`);
    }
    this.#place = place;
    this.#external = external;
  }

  /** The attributes as in the file. */
  get protos(): readonly AttributeProto[] {
    return [...this.#protos.values()];
  }

  get names(): string[] {
    return [...this.#protos.keys()];
  }

  has(name: string): boolean {
    return this.#protos.has(name);
  }

  int(name: string): number;
  int<T>(name: string, fallback: T): number | T;
  int(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 2, fallback, (proto) => toInteger(proto.i ?? 0));
  }

  ints(name: string): number[];
  ints<T>(name: string, fallback: T): number[] | T;
  ints(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 7, fallback, (proto) => (proto.ints ?? []).map(toInteger));
  }

  /** Integers of 64 bits, exactly: a constant's value. */
  bigints(name: string): bigint[] {
    return this.#get(name, undefined, [], (proto) =>
      (proto.ints?.length ? proto.ints : [proto.i ?? 0]).map(toBigInt),
    ) as bigint[];
  }

  float(name: string): number;
  float<T>(name: string, fallback: T): number | T;
  float(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 1, fallback, (proto) => proto.f ?? 0);
  }

  floats(name: string): number[];
  floats<T>(name: string, fallback: T): number[] | T;
  floats(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 6, fallback, (proto) => proto.floats ?? []);
  }

  string(name: string): string;
  string<T extends string>(name: string, fallback: T): string;
  string(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 3, fallback, (proto) => toText(proto.s));
  }

  /** @throws if it is missing, or its values cannot be read */
  tensor(name: string): HostArray {
    return this.#get(name, 4, [], (proto) =>
      readTensor(proto.t ?? {}, `Attribute "${name}" of ${this.#place}`, this.#external),
    ) as HostArray;
  }

  /** The texts of a tensor; undefined if it holds numbers. @throws if it is missing */
  textTensor(name: string): string[] | undefined {
    return this.#get(name, 4, [], ({ t }) =>
      t && isTexts(t) ? readTexts(t, `Attribute "${name}" of ${this.#place}`)[0] : undefined,
    ) as string[] | undefined;
  }

  strings(name: string): string[];
  strings<T>(name: string, fallback: T): string[] | T;
  strings(name: string, ...fallback: unknown[]): unknown {
    return this.#get(name, 8, fallback, (proto) => (proto.strings ?? []).map(toText));
  }

  /** The subgraphs of the node, such as the branches of an If, by attribute. */
  get graphs(): ReadonlyMap<string, GraphProto> {
    return new Map([...this.#protos].flatMap(([name, { g }]) => (g ? [[name, g] as const] : [])));
  }

  /** Names of outer values that the node's subgraphs use. */
  get captured(): readonly string[] {
    return (this.#captured ??= [
      ...new Set(
        [...this.#protos.values()]
          .flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])])
          .flatMap((graph) => outerNames(graph)),
      ),
    ]);
  }

  /** These attributes for a node of a function's body: references to the function's attributes are replaced with the call's values or defaults. */
  static called(
    protos: readonly AttributeProto[],
    call: Attributes,
    defaults: readonly AttributeProto[],
  ): AttributeProto[] {
    const byName = new Map(defaults.map((one) => [one.name ?? '', one]));
    return protos.flatMap((proto) => {
      if (!proto.refAttrName) return [proto];
      const given = call.#protos.get(proto.refAttrName) ?? byName.get(proto.refAttrName);
      return given ? [{ ...given, name: proto.name ?? '' }] : [];
    });
  }

  #get(
    name: string,
    type: number | undefined,
    fallback: readonly unknown[],
    read: (proto: AttributeProto) => unknown,
  ): unknown {
    const proto = this.#protos.get(name);
    if (!proto) {
      if (fallback.length) return fallback[0];
      throw new Error(`${this.#place} lacks the attribute "${name}".`);
    }
    // Files of IR 1 and 2 omit the type.
    if (type !== undefined && proto.type && proto.type !== type)
      throw new Error(
        `${this.#place} has ${kinds[proto.type] ?? `type ${proto.type}`} as attribute "${name}", but ${kinds[type]} is expected.`,
      );
    return read(proto);
  }
}
