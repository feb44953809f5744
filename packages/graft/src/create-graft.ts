import { type WasmBackend, wasmModule } from '@graft/backend-wasm';
import { type App, createApp, type Plugin } from '@graft/plugin';
import { addKernel, type AnyBackend, backend, kernel } from '@graft/tensor';
import { installedModels } from '@graft/zoo/node';
import { standardPlugins } from './standard-plugins.ts';

export interface GraftOptions {
  /** Additional plugins, after the standard ones. */
  readonly plugins?: readonly Plugin[];
  /** Folders to search for installed model packages; default: the working folder. */
  readonly modelsFrom?: readonly string[];
}

/** Creates an app with everything: the standard plugins, the cards of installed model packages, and yours. */
export async function createGraft({ plugins = [], modelsFrom = [process.cwd()] }: GraftOptions = {}): Promise<App> {
  return createApp([...standardPlugins, await installedModels(...modelsFrom), ...plugins]);
}

/**
 * Creates a backend by name, with the kernels of plugins in front of its own: if one declines, the next one computes.
 * @throws if there is no backend of this name
 */
export async function createBackend(app: App, name = 'wasm'): Promise<AnyBackend> {
  const made = await app.get(backend, name).create();
  if (takesModules(made))
    for (const { source, kernels } of app.all(wasmModule)) await made.registerModule(await source(), kernels);
  for (const entry of app.all(kernel)) if (entry.backend === name) addKernel(made, entry.op, entry.kernel);
  return made;
}

const takesModules = (made: AnyBackend): made is WasmBackend => 'registerModule' in made;
