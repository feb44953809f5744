import type { InjectionToken } from 'tsyringe';

/** Anything that can be looked up by name. */
export interface Named {
  readonly name: string;
}

/** One thing a plugin adds to one extension point. */
export interface Contribution<T extends Named = Named> {
  readonly point: ExtensionPoint<T>;
  readonly value: T;
  /** Whether it takes the place of the one of the same name that was installed before. */
  readonly replaces?: boolean;
}

/** How something is added. */
export interface ContributionOptions {
  /** Takes the place of the one of the same name that another plugin added before. */
  readonly replaces?: boolean;
}

/** A kind of thing that plugins may add. Calling it with such a thing makes a contribution. */
export interface ExtensionPoint<T extends Named> {
  (value: T, options?: ContributionOptions): Contribution<T>;
  readonly token: InjectionToken<T>;
  /** What one such thing is called in messages, such as `layer`. */
  readonly label: string;
}

/** Makes an extension point. The package that owns the contract `T` owns the point. */
export function extensionPoint<T extends Named>(label: string): ExtensionPoint<T> {
  const point: ExtensionPoint<T> = Object.assign(
    (value: T, options: ContributionOptions = {}): Contribution<T> => ({ point, value, ...options }),
    {
      label,
      // A registered symbol, so that two copies of a package in one tree still mean the same point.
      token: Symbol.for(`graft/${label}`) as InjectionToken<T>,
    },
  );
  return point;
}
