/** Folders of loaded packages, by name; deliberately shared by all copies of this module. */
const loaded: Map<string, Set<string>> = ((globalThis as { [key: symbol]: unknown })[Symbol.for('graft/copies')] ??=
  new Map()) as Map<string, Set<string>>;

/**
 * Registers a loaded copy of a package.
 * @param url the URL of a module of the package, in its `src` or `dist`
 */
export function noteCopy(name: string, url: string): void {
  const folder = url.replace(/\/(?:src|dist)\/.*$/, '');
  loaded.set(name, (loaded.get(name) ?? new Set()).add(folder));
}

/** @throws if two copies of a package are loaded: their tensors and modules are incompatible */
export function checkCopies(): void {
  for (const [name, folders] of loaded)
    if (folders.size > 1)
      throw new Error(
        `There are ${folders.size} copies of ${name}: ${[...folders].join(' and ')}. Objects of one are incompatible with the other. Make it a peer dependency of plugins, install plugins from a registry or an archive (npm pack) rather than as a link to a folder with its own packages, then run npm dedupe.`,
      );
}
