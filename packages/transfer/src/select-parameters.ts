import type { AnyModule } from '@graft/layers';
import { didYouMean } from '@graft/plugin';
import type { Parameter } from '@graft/tensor';

/** Which parameters: what any of these names. Nothing given means all. */
export interface ParameterSelection {
  /** Paths of parameters, or of modules with all that is inside. */
  readonly names?: readonly string[];
  /** A regular expression that is found in the path, or a pattern of the whole path: `*` stands for anything but a dot, `**` for anything. */
  readonly pattern?: string | RegExp;
  /** Names of layer groups. */
  readonly groups?: readonly string[];
  /** How many layer groups, from the input on; negative: from the output. */
  readonly depth?: number;
}

/** Leaves parameters out of training; batch norm that is frozen keeps its statistics, too. @throws where a name matches nothing, with what there is */
export const freeze = (module: AnyModule, selection?: ParameterSelection): void => setFrozen(module, selection, true);
/** Lets parameters learn again. @throws where a name matches nothing, with what there is */
export const unfreeze = (module: AnyModule, selection?: ParameterSelection): void =>
  setFrozen(module, selection, false);

function setFrozen(module: AnyModule, selection: ParameterSelection | undefined, frozen: boolean): void {
  for (const parameter of selectParameters(module, selection)) parameter.frozen = frozen;
}

/** The parameters, buffers among them, that a selection names. @throws where a part of it matches nothing, with what there is */
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
        `No parameter of the model ${what}.${didYouMean(
          names?.[0] ?? '',
          all.map(([path]) => path),
        )} It has ${listed(all.map(([path]) => path))}.`,
      );
    return found;
  };
  return new Set([
    ...(names ?? []).flatMap((name) =>
      matching(`is called, or lies in, "${name}"`, (path) => path === name || path.startsWith(`${name}.`)),
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
  const there = `The model has ${all.length} layer groups (${listed(all.map(({ name }) => name))})`;
  const unknown = names.find((name) => !all.some((group) => group.name === name));
  if (unknown !== undefined)
    throw new Error(
      `${there}, and none is called "${unknown}".${didYouMean(
        unknown,
        all.map(({ name }) => name),
      )}`,
    );
  if (!Number.isInteger(depth) || Math.abs(depth) > all.length)
    throw new Error(`${there}, so that a depth of ${depth} is none of them. Give -${all.length} to ${all.length}.`);
  return all
    .filter(({ name }, i) => names.includes(name) || (depth < 0 ? i >= all.length + depth : i < depth))
    .flatMap(({ parameters }) => parameters);
}

/** A new expression each time: one that is global remembers where it was. */
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
