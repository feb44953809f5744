import type { App } from './app.ts';
import type { Contribution } from './extension-point.ts';

/** The version of this contract. A plugin declares the version it was written for. */
export const apiVersion = 1;

/** A plugin manifest: everything a package adds to an app. It is the default export of a plugin package. */
export interface Plugin {
  /** The package's name, such as `@graft/layers`. */
  readonly name: string;
  /** The plugin contract it was written for: {@link apiVersion}. */
  readonly apiVersion: number;
  /** Names of plugins that must be installed before this one. */
  readonly requires?: readonly string[];
  // Each contribution was type-checked by its extension point.
  // oxlint-disable-next-line no-explicit-any
  readonly contributes: readonly Contribution<any>[];
  /** Runs once when an app is created, after all contributions are registered. */
  setup?(app: App): void | Promise<void>;
  /** Releases what `setup` acquired. */
  dispose?(): void | Promise<void>;
}

/** Returns a manifest unchanged; only for type checking. */
export const definePlugin = (plugin: Plugin): Plugin => plugin;
