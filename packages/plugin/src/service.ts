import type { InjectionToken } from 'tsyringe';

/** A shared object that a program provides once, such as the storage, the backend, or the signal that stops a run. */
export interface Service<T> {
  readonly token: InjectionToken<T>;
  /** The service's name in messages, such as `storage`. */
  readonly label: string;
}

/** Declares a service. The package that owns the contract `T` owns the service. */
export const service = <T>(label: string): Service<T> => ({
  label,
  // A registered symbol, so two copies of a package in one tree still share the service.
  token: Symbol.for(`graft/service/${label}`) as InjectionToken<T>,
});
