/** Folders of loaded packages, by name: shared by all copies of this module, which is the point. */
const loaded: Map<string, Set<string>> = ((globalThis as { [key: symbol]: unknown })[Symbol.for('graft/copies')] ??=
  new Map()) as Map<string, Set<string>>;

/**
 * Says that a copy of a package is loaded.
 * @param url a module's of the package, in its `src` or `dist`
 */
export function noteCopy(name: string, url: string): void {
  const folder = url.replace(/\/(?:src|dist)\/.*$/, '');
  loaded.set(name, (loaded.get(name) ?? new Set()).add(folder));
}

/** @throws where two copies of a package are loaded: tensors and modules of one are strangers to the other */
export function checkCopies(): void {
  for (const [name, folders] of loaded)
    if (folders.size > 1)
      throw new Error(
        `There are ${folders.size} copies of ${name}: ${[...folders].join(' and ')}. What one makes is foreign to the other. Let plugins have it as a peer dependency, and install them from a registry or an archive (npm pack), not as a link to a folder with packages of its own; then npm dedupe.`,
      );
}
