import { checkOptionNames } from './check-option-names.ts';
import type { Named } from './extension-point.ts';
import type { Context } from './scope.ts';

/**
 * A named kind of thing that is made from options which a configuration may hold: one line of a plugin's table of contents.
 * A name that is no option is refused, with the nearest there is; the values are checked by `create` itself.
 * `optionNames` lists the options, for those who fill some in.
 * `create` gets the services of the run as its second argument, where it is made within one.
 * @param names every option that `create` takes
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
