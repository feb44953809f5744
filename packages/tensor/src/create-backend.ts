import { type Context, service, type Service } from '@graft/plugin';
import { addKernel, type AnyBackend, backend, kernel } from './backend.ts';

/** The backend that a run computes on. */
export const backendService: Service<AnyBackend> = service('backend');

/**
 * A backend by name, with the kernels that plugins brought for it.
 * @param context an app, or a scope of one
 * @throws where there is no backend of this name
 */
export async function createBackend(context: Context, name = 'wasm'): Promise<AnyBackend> {
  const made = await context.get(backend, name).create({}, context);
  for (const entry of context.all(kernel)) if (entry.backend === name) addKernel(made, entry.op, entry.kernel);
  return made;
}
