import type { App } from './app.ts';
import type { Contribution } from './extension-point.ts';

/** The version of this contract. A plugin says which one it was written for. */
export const apiVersion = 1;

/** What a package adds to an app: a plugin package's default export. */
export interface Plugin {
  /** The package's name, such as `@graft/layers`. */
  readonly name: string;
  /** The plugin contract it was written for: {@link apiVersion}. */
  readonly apiVersion: number;
  /** Names of plugins that must come before this one. */
  readonly requires?: readonly string[];
  // Contributions to any points; each was checked against its own point where it was made.
  // oxlint-disable-next-line no-explicit-any
  readonly contributes: readonly Contribution<any>[];
  /** Runs once when an app is made, after all contributions are registered. */
  setup?(app: App): void | Promise<void>;
  /** Releases what `setup` took. */
  dispose?(): void | Promise<void>;
}

/** Checks a manifest's type where it is written. */
export const definePlugin = (plugin: Plugin): Plugin => plugin;
