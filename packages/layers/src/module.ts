import { noteCopy } from '@graft/plugin';
import { type AnyBackend, Parameter, Random, type Tensor, toAll } from '@graft/tensor';
import type { AnyModule, ModuleInput } from './inputs.ts';
import type { Run } from './run.ts';
import { showModule } from './show-module.ts';

noteCopy('@graft/layers', import.meta.url);

/** Parameters that share a freeze state and a learning rate; the first group is closest to the input. */
export interface LayerGroup {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/**
 * Base class of all layers and models: a function with parameters, which are found by walking its fields. It takes one tensor, or several by name:
 * `class TwoTowers extends Module<{ image: Tensor; text: Tensor }>` has `forward({ image, text })`.
 */
export abstract class Module<In extends ModuleInput = Tensor> {
  static {
    // What console.log prints in Node, Deno and Bun.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: AnyModule): string {
        return showModule(this);
      },
    });
  }

  abstract forward(input: In, run?: Run): Tensor;

  /** All parameters of this module by dotted path, named as in PyTorch; shared ones are listed once. */
  *parameters(): Generator<[path: string, parameter: Parameter]> {
    const seen = new Set<Parameter>();
    for (const [path, value] of walk(this, '')) {
      if (!(value instanceof Parameter) || seen.has(value)) continue;
      seen.add(value);
      value.name ||= path;
      yield [path, value];
    }
  }

  /** This module (path '') and all modules inside it. */
  *modules(): Generator<[path: string, module: AnyModule]> {
    yield ['', this];
    for (const [path, value] of walk(this, '')) if (value instanceof Module) yield [path, value];
  }

  /** Resets this module's own parameters to initial values, not those of modules inside it. */
  reset(_random: Random): void {}

  /** Initialises every module from a random stream keyed by its path, independent of construction order. */
  initialize(seed: number | Random): this {
    const random = typeof seed === 'number' ? new Random(seed) : seed;
    for (const [path, module] of this.modules()) module.reset(random.fork('initialize', path));
    for (const [, parameter] of this.parameters()) parameter.initialised = true;
    return this;
  }

  /** Moves all parameters to a backend. Values that the host cannot read directly are copied in one batch. */
  async to(backend: AnyBackend): Promise<this> {
    const moving = [...this.parameters()]
      .map(([, parameter]) => parameter)
      .filter(({ value }) => value.backend !== backend);
    const moved = await toAll(
      moving.map(({ value }) => value),
      backend,
    );
    for (const [i, parameter] of moving.entries()) {
      const { initialised } = parameter;
      parameter.take(moved[i]!);
      parameter.initialised = initialised;
    }
    return this;
  }

  /** Freezes parameters: all, or those whose path matches. A frozen batch norm keeps its statistics. */
  freeze(which: (path: string) => boolean = () => true): this {
    for (const [path, parameter] of this.parameters()) if (which(path)) parameter.frozen = true;
    return this;
  }

  unfreeze(which: (path: string) => boolean = () => true): this {
    for (const [path, parameter] of this.parameters()) if (which(path)) parameter.frozen = false;
    return this;
  }

  /** Parameters grouped by depth: one group for each direct child, and '' for the module's own. A module with a single child has that child's groups. */
  layerGroups(): readonly LayerGroup[] {
    const groups = new Map<string, Parameter[]>();
    for (const [path, parameter] of this.parameters()) {
      const [head, ...rest] = path.split('.');
      const name = rest.length ? head! : '';
      groups.set(name, [...(groups.get(name) ?? []), parameter]);
    }
    const only =
      groups.size === 1 && [...this.modules()].find(([path]) => path === [...groups.keys()][0] && path !== '');
    return only ? only[1].layerGroups() : [...groups].map(([name, parameters]) => ({ name, parameters }));
  }

  /** A copy with its own parameters, which share buffers until one of them is trained. Fields that are neither parameters nor modules are shared. */
  clone(): this {
    return copy(this, new Map()) as this;
  }

  /** Frees all parameters; the module cannot be used afterwards. */
  dispose(): void {
    for (const [, parameter] of this.parameters()) parameter.dispose();
  }
}

/** Every parameter and module reachable through fields, arrays and maps, by dotted path. */
function* walk(value: object, prefix: string): Generator<[string, Parameter | AnyModule]> {
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  for (const [key, item] of entries) {
    const path = `${prefix}${key}`;
    if (item instanceof Parameter) yield [path, item];
    else if (item instanceof Module) {
      const inside = transparent(value, key) ? prefix : `${path}.`;
      yield [inside.replace(/\.$/, ''), item];
      yield* walk(item, inside);
    } else if (Array.isArray(item) || item instanceof Map)
      yield* walk(item, transparent(value, key) ? prefix : `${path}.`);
  }
}

/** A field that holds children under their own names, as PyTorch's Sequential does. */
const transparent = (owner: object, key: unknown): boolean => 'childrenField' in owner && owner.childrenField === key;

function copy(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (copies.has(value)) return copies.get(value);
  if (value instanceof Parameter) {
    const twin = new Parameter(value.value, value.kind);
    twin.frozen = value.frozen;
    twin.initialised = value.initialised;
    twin.name = value.name;
    copies.set(value, twin);
    return twin;
  }
  if (Array.isArray(value)) return value.map((item) => copy(item, copies));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copy(item, copies)]));
  if (!(value instanceof Module)) return value;
  const twin = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  copies.set(value, twin);
  for (const [key, item] of Object.entries(value)) twin[key] = copy(item, copies);
  return twin;
}
