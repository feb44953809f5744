import './reflect-metadata.ts'; // before tsyringe
import { container, type DependencyContainer } from 'tsyringe';
import { checkCopies, noteCopy } from './copies.ts';
import type { Contribution, ExtensionPoint, Named } from './extension-point.ts';
import { didYouMean } from './nearest.ts';
import { type Context, Scope } from './scope.ts';
import type { Service } from './service.ts';
import { apiVersion, type Plugin } from './plugin.ts';

noteCopy('@graft/plugin', import.meta.url);

/** Names that an error lists, and characters of a name that it repeats. */
const [mostListed, longestName] = [40, 100];

/** The installed plugins and services of a program, in an isolated container. */
export class App implements Context {
  readonly #container: DependencyContainer = container.createChildContainer();
  readonly #root = new Scope(this.#container, this);
  readonly #plugins: Plugin[] = [];
  /** The plugin that owns each contribution, for error messages. */
  readonly #owners = new Map<unknown, Plugin>();
  /** Contributions that another plugin replaced. */
  readonly #replaced = new Set<unknown>();
  /** Contributions that replaced another. */
  readonly #replacements = new Set<unknown>();

  /** The installed plugins, in order. */
  get plugins(): readonly Plugin[] {
    return this.#plugins;
  }

  /** All contributions to an extension point, in the order of installation. */
  all<T extends Named>(point: ExtensionPoint<T>): readonly T[] {
    if (!this.#container.isRegistered(point.token)) return [];
    return this.#container.resolveAll(point.token).filter((value) => !this.#replaced.has(value));
  }

  use<T>(service: Service<T>): T {
    return this.#root.use(service);
  }

  find<T>(service: Service<T>): T | undefined {
    return this.#root.find(service);
  }

  /** Provides a service to this app. Providing it again replaces it. */
  provide<T>(service: Service<T>, value: T): this {
    this.#root.provide(service, value);
    return this;
  }

  /** Creates a scope for one run, which falls back to the app's services. */
  createScope(): Scope {
    return this.#root.createScope();
  }

  /** The plugin that contributed a value, or `undefined`. */
  ownerOf(value: Named): Plugin | undefined {
    return this.#owners.get(value);
  }

  /**
   * The contribution of this name to an extension point.
   * @throws if there is none; the error lists all names and the nearest spelling
   */
  get<T extends Named>(point: ExtensionPoint<T>, name: string): T {
    const all = this.all(point);
    const found = all.find((value) => value.name === name);
    if (found) return found;
    const names = all.map((value) => value.name).sort();
    const listed = names.slice(0, mostListed).join(', ');
    const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : '';
    const asked = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
    throw new Error(
      `No ${point.label} "${asked}".${didYouMean(name, names)} Available: ${listed ? `${listed}${more}` : 'none; install a plugin that adds one'}.`,
    );
  }

  /** Installs a plugin's contributions. {@link createApp} runs its `setup`. */
  install(plugin: Plugin): this {
    const { name, requires = [], contributes } = plugin;
    if (plugin.apiVersion !== apiVersion)
      throw new Error(
        `Plugin "${name}" was written for plugin API ${plugin.apiVersion}, but this app uses ${apiVersion}. Update ${plugin.apiVersion > apiVersion ? '@graft/plugin' : `"${name}"`}.`,
      );
    if (this.#plugins.some((other) => other.name === name))
      throw new Error(`Plugin "${name}" is installed twice. Remove one of the two.`);
    const missing = requires.filter((other) => !this.#plugins.some((plugin) => plugin.name === other));
    if (missing.length)
      throw new Error(
        `Plugin "${name}" needs ${missing.map((other) => `"${other}"`).join(', ')} to be installed before it.`,
      );
    for (const one of contributes) this.#register(plugin, one);
    this.#plugins.push(plugin);
    return this;
  }

  /** Disposes of plugins in reverse order of installation. */
  async dispose(): Promise<void> {
    for (const plugin of this.#plugins.toReversed()) await plugin.dispose?.();
    await this.#container.dispose();
  }

  #register(plugin: Plugin, { point, value, replaces }: Contribution): void {
    const existing = this.all(point).find((other) => other.name === value.name);
    const owner = existing && this.#owners.get(existing);
    if (replaces && !existing)
      throw new Error(
        `Plugin "${plugin.name}" replaces the ${point.label} "${value.name}", which does not exist.${didYouMean(
          value.name,
          this.all(point).map(({ name }) => name),
        )} Omit "replaces", or first install the plugin that adds it.`,
      );
    if (existing && !replaces)
      throw new Error(
        `Plugins "${owner?.name}" and "${plugin.name}" both add a ${point.label} "${value.name}". Install one of them, rename yours, or mark it as a replacement: ${point.label}(value, { replaces: true }).`,
      );
    if (existing && this.#replacements.has(existing))
      throw new Error(
        `Plugins "${owner?.name}" and "${plugin.name}" both replace the ${point.label} "${value.name}". Install one of them.`,
      );
    if (existing) {
      this.#replaced.add(existing);
      this.#replacements.add(value);
    }
    this.#container.register(point.token, { useValue: value });
    this.#owners.set(value, plugin);
  }
}

/** Creates an app with these plugins and sets them up in order. @throws if two copies of a package are loaded, or plugins conflict */
export async function createApp(plugins: readonly Plugin[] = []): Promise<App> {
  checkCopies();
  const app = new App();
  for (const plugin of plugins) app.install(plugin);
  for (const plugin of plugins) await plugin.setup?.(app);
  return app;
}
