import { checkOptionNames } from './check-option-names.ts';
import type { Named } from './extension-point.ts';
import { checkOptionKinds, type OptionKind, type OptionKindOf } from './option-kinds.ts';
import type { Context } from './scope.ts';

/**
 * Creates a named factory whose options may come from a configuration, as one line of a plugin's manifest.
 * Unknown options are rejected with the nearest spelling, and values of another kind with what is expected; `create` checks ranges.
 * `optionNames` lists the options, for callers that add some of them.
 * Within a run, `create` gets the run's services as its second argument.
 * @param kinds the kind of each option of `create`, such as `{ momentum: 'number', nesterov: 'boolean' }`; `any` for what `create` checks itself
 */
export function configurable<Options extends object | undefined, T>(
  name: string,
  create: (options: Options, context?: Context) => T,
  kinds: {
    readonly [Name in keyof NonNullable<Options> & string]-?: OptionKindOf<
      Exclude<NonNullable<Options>[Name], undefined>
    >;
  },
): Named & { readonly optionNames: readonly string[]; create(options?: object, context?: Context): T } {
  const names = Object.keys(kinds);
  return {
    name,
    optionNames: names,
    create(options = {}, context) {
      checkOptionNames(name, options, names);
      checkOptionKinds(name, options, kinds as Readonly<Record<string, OptionKind>>);
      return create(options as Options, context);
    },
  };
}
