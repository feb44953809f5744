import { js, toAll } from '@graft/tensor';
import type { AnyModule } from './inputs.ts';

/**
 * Runs a synchronous function with a module's parameters copied to the host, then restores them.
 * For code that reads values, such as an exporter.
 */
export async function onHost<T>(module: AnyModule, fn: () => T): Promise<T> {
  const away = [...module.parameters()].flatMap(([, parameter]) => (parameter.value.backend === js ? [] : [parameter]));
  const copies = await toAll(
    away.map(({ value }) => value),
    js,
  );
  const own = away.map(({ value }) => value.retain());
  try {
    for (const [i, parameter] of away.entries()) parameter.take(copies[i]!);
    return fn();
  } finally {
    for (const [i, parameter] of away.entries()) {
      parameter.value = own[i]!;
      own[i]!.release();
    }
  }
}
