import type { InjectionToken } from 'tsyringe';

/** Anything that can be looked up by name. */
export interface Named {
  readonly name: string;
}

/** A value that a plugin adds to an extension point. */
export interface Contribution<T extends Named = Named> {
  readonly point: ExtensionPoint<T>;
  readonly value: T;
  /** Whether it replaces the contribution of the same name that was installed before. */
  readonly replaces?: boolean;
}

/** Options of a contribution. */
export interface ContributionOptions {
  /** Replaces the contribution of the same name from another plugin. */
  readonly replaces?: boolean;
}

/** A place where plugins can contribute values. Calling it with a value creates a contribution. */
export interface ExtensionPoint<T extends Named> {
  (value: T, options?: ContributionOptions): Contribution<T>;
  readonly token: InjectionToken<T>;
  /** The word for such a value in messages, such as `layer`. */
  readonly label: string;
  /** Where contributions are used, in words: `the option "loss" of a run`. */
  readonly usedBy: string | undefined;
}

/** Creates an extension point. The package that owns the contract `T` owns the point. */
export function extensionPoint<T extends Named>(label: string, usedBy?: string): ExtensionPoint<T> {
  const point: ExtensionPoint<T> = Object.assign(
    (value: T, options: ContributionOptions = {}): Contribution<T> => ({ point, value, ...options }),
    {
      label,
      usedBy,
      // A registered symbol, so two copies of a package in one tree still share the extension point.
      token: Symbol.for(`graft/${label}`) as InjectionToken<T>,
    },
  );
  return point;
}
