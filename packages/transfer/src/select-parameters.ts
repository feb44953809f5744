import type { AnyModule } from '@graft/layers';
import { didYouMean } from '@graft/plugin';
import type { Parameter } from '@graft/tensor';

/** Selects the parameters that match any of these; an empty selection matches all. */
export interface ParameterSelection {
  /** Paths of parameters, or of modules to select all parameters inside. */
  readonly names?: readonly string[];
  /** A regular expression to search for in the path, or a glob of the whole path: `*` matches anything but a dot, `**` matches anything. */
  readonly pattern?: string | RegExp;
  /** Names of layer groups. */
  readonly groups?: readonly string[];
  /** Number of layer groups, counted from the input; from the output if negative. */
  readonly depth?: number;
}

/** Excludes parameters from training; frozen batch norm also keeps its running statistics. @throws if a part of the selection matches nothing, with the available names */
export const freeze = (module: AnyModule, selection?: ParameterSelection): void => setFrozen(module, selection, true);
/** Includes parameters in training again. @throws if a part of the selection matches nothing, with the available names */
export const unfreeze = (module: AnyModule, selection?: ParameterSelection): void =>
  setFrozen(module, selection, false);

function setFrozen(module: AnyModule, selection: ParameterSelection | undefined, frozen: boolean): void {
  for (const parameter of selectParameters(module, selection)) parameter.frozen = frozen;
}

/** The selected parameters, including buffers. @throws if a part of the selection matches nothing, with the available names */
export function selectParameters(
  module: AnyModule,
  { names, pattern, groups, depth }: ParameterSelection = {},
): Set<Parameter> {
  const all = [...module.parameters()];
  if (names === undefined && pattern === undefined && groups === undefined && depth === undefined)
    return new Set(all.map(([, parameter]) => parameter));
  const matching = (what: string, test: (path: string) => boolean): Parameter[] => {
    const found = all.flatMap(([path, parameter]) => (test(path) ? [parameter] : []));
    if (!found.length)
      throw new Error(
        `No parameter ${what}.${didYouMean(
          names?.[0] ?? '',
          all.map(([path]) => path),
        )} The model has ${listed(all.map(([path]) => path))}.`,
      );
    return found;
  };
  return new Set([
    ...(names ?? []).flatMap((name) =>
      matching(`is named "${name}" or is inside it`, (path) => path === name || path.startsWith(`${name}.`)),
    ),
    ...(pattern === undefined
      ? []
      : matching(`matches ${pattern instanceof RegExp ? String(pattern) : `"${pattern}"`}`, (path) =>
          expressionOf(pattern).test(path),
        )),
    ...(groups || depth !== undefined ? inGroups(module, groups ?? [], depth ?? 0) : []),
  ]);
}

function inGroups(module: AnyModule, names: readonly string[], depth: number): Parameter[] {
  const all = module.layerGroups();
  const there = `the model has ${all.length} layer groups (${listed(all.map(({ name }) => name))})`;
  const unknown = names.find((name) => !all.some((group) => group.name === name));
  if (unknown !== undefined)
    throw new Error(
      `No layer group is named "${unknown}": ${there}.${didYouMean(
        unknown,
        all.map(({ name }) => name),
      )}`,
    );
  if (!Number.isInteger(depth) || Math.abs(depth) > all.length)
    throw new Error(`Cannot select a depth of ${depth}: ${there}. Pass -${all.length} to ${all.length}.`);
  return all
    .filter(({ name }, i) => names.includes(name) || (depth < 0 ? i >= all.length + depth : i < depth))
    .flatMap(({ parameters }) => parameters);
}

/** Creates a new expression without the flags that remember the last match. */
const expressionOf = (pattern: string | RegExp): RegExp =>
  pattern instanceof RegExp
    ? new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    : new RegExp(
        `^${pattern
          .split(/(\*\*|\*)/)
          .map((part) => (part === '**' ? '.*' : part === '*' ? '[^.]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
          .join('')}$`,
      );

const listed = (names: readonly string[]): string =>
  names.length <= 12 ? names.join(', ') : `${names.slice(0, 8).join(', ')} … ${names.slice(-4).join(', ')}`;
