import './reflect-metadata.ts'; // before tsyringe
import { type DependencyContainer, instanceCachingFactory } from 'tsyringe';
import type { ExtensionPoint, Named } from './extension-point.ts';
import type { Plugin } from './plugin.ts';
import type { Service } from './service.ts';

/** The current services and all contributions of plugins. Factories receive it along with their options. */
export interface Context {
  /** The service. @throws if it is not provided */
  use<T>(service: Service<T>): T;
  /** The service, or `undefined` if it is not provided. */
  find<T>(service: Service<T>): T | undefined;
  /** All contributions to an extension point, in the order of installation. */
  all<T extends Named>(point: ExtensionPoint<T>): readonly T[];
  /** The contribution of this name. @throws if there is none; the error lists all names and the nearest spelling */
  get<T extends Named>(point: ExtensionPoint<T>, name: string): T;
  /** The plugin that contributed a value, or `undefined`. */
  ownerOf(value: Named): Plugin | undefined;
}

/** Access to contributions, which are the same in every scope. */
type Points = Pick<Context, 'all' | 'get' | 'ownerOf'>;

/** The services of a run, request or test. A scope falls back to the one it was created from. */
export class Scope implements Context {
  readonly #container: DependencyContainer;
  readonly #points: Points;

  /** Use {@link App.createScope}. */
  constructor(container: DependencyContainer, points: Points) {
    this.#container = container;
    this.#points = points;
  }

  /** Provides a service to this scope and to scopes created from it. Providing it again replaces it. */
  provide<T>(service: Service<T>, value: T): this {
    return this.#register(service, { useValue: value });
  }

  /** Provides a service that is created once, on first use. */
  provideLater<T>(service: Service<T>, make: (context: Context) => T): this {
    return this.#register(service, { useFactory: instanceCachingFactory(() => make(this)) });
  }

  use<T>(service: Service<T>): T {
    if (this.#container.isRegistered(service.token, true)) return this.#container.resolve(service.token);
    throw new Error(
      `The service "${service.label}" is not provided here. Provide it: scope.provide(${service.label}, …).`,
    );
  }

  find<T>(service: Service<T>): T | undefined {
    return this.#container.isRegistered(service.token, true) ? this.#container.resolve(service.token) : undefined;
  }

  all<T extends Named>(point: ExtensionPoint<T>): readonly T[] {
    return this.#points.all(point);
  }

  get<T extends Named>(point: ExtensionPoint<T>, name: string): T {
    return this.#points.get(point, name);
  }

  ownerOf(value: Named): Plugin | undefined {
    return this.#points.ownerOf(value);
  }

  /** Creates a scope that falls back to this one's services. */
  createScope(): Scope {
    return new Scope(this.#container.createChildContainer(), this.#points);
  }

  #register<T>(service: Service<T>, provider: { useValue: T } | { useFactory: (container: DependencyContainer) => T }) {
    this.#container.register(service.token, provider as { useValue: T });
    return this;
  }
}
