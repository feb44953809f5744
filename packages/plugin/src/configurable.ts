import { checkOptionNames } from './check-option-names.ts';
import type { Named } from './extension-point.ts';
import type { Context } from './scope.ts';

/**
 * Creates a named factory whose options may come from a configuration, as one line of a plugin's manifest.
 * Unknown options are rejected with the nearest spelling; `create` checks the values.
 * `optionNames` lists the options, for callers that add some of them.
 * Within a run, `create` gets the run's services as its second argument.
 * @param names the names of all options of `create`
 */
export function configurable<
  Options extends object | undefined,
  T,
  const Names extends readonly (keyof NonNullable<Options> & string)[],
>(
  name: string,
  create: (options: Options, context?: Context) => T,
  names: Names & ([Exclude<keyof NonNullable<Options>, Names[number]>] extends [never] ? unknown : never),
): Named & { readonly optionNames: readonly string[]; create(options?: object, context?: Context): T } {
  return {
    name,
    optionNames: names,
    create(options = {}, context) {
      checkOptionNames(name, options, names);
      return create(options as Options, context);
    },
  };
}
