import type { InjectionToken } from 'tsyringe';

/** Something that a program provides once and many pieces use: where files go, which backend computes, what stops a run. */
export interface Service<T> {
  readonly token: InjectionToken<T>;
  /** What it is called in messages, such as `storage`. */
  readonly label: string;
}

/** Declares a service. The package that owns the contract `T` owns the service. */
export const service = <T>(label: string): Service<T> => ({
  label,
  // A registered symbol, so two copies of a package in one tree still mean the same service.
  token: Symbol.for(`graft/service/${label}`) as InjectionToken<T>,
});
