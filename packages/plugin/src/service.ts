import type { InjectionToken } from 'tsyringe';

/** Something a program provides once and many parts use: where files go, the backend, the signal that stops a run. */
export interface Service<T> {
  readonly token: InjectionToken<T>;
  /** Its name in messages, such as `storage`. */
  readonly label: string;
}

/** Declares a service. The package that owns the contract `T` owns the service. */
export const service = <T>(label: string): Service<T> => ({
  label,
  // A registered symbol, so two copies of a package in one tree still share the service.
  token: Symbol.for(`graft/service/${label}`) as InjectionToken<T>,
});
