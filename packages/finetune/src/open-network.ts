import { readModel } from '@graft/onnx';
import { type Context, withCode } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { type ModelInput, modelOpener, type OpenModelContext } from './services.ts';

/** Opens a network from whatever names or holds it. @throws where there is none, or it is not an ONNX file */
export function openNetwork(app: Context, model: ModelInput, context: OpenModelContext = {}): Promise<Network> {
  return withCode('model.open', nameOf(model), async () => {
    if (model instanceof Uint8Array) return { card: undefined, file: readModel({ name: 'the model', model }) };
    if (typeof model !== 'string')
      return {
        card: undefined,
        file: readModel({ name: nameOf(model), model: new Uint8Array(await model.arrayBuffer()) }),
      };
    const open = app.find(modelOpener);
    if (open) return open(model, context);
    return { card: undefined, file: readModel({ name: nameOf(model), model: await fetched(model, context) }) };
  });
}

/** What messages and files call a model. */
export const nameOf = (model: ModelInput): string =>
  typeof model === 'string' ? model : model instanceof Uint8Array ? 'the model' : (model.name ?? 'the model');

async function fetched(address: string, { signal }: OpenModelContext): Promise<Uint8Array> {
  const answer = await fetch(address, { ...(signal && { signal }) });
  if (!answer.ok)
    throw new Error(`"${address}" cannot be fetched: the server answers ${answer.status}. Check the address.`);
  return new Uint8Array(await answer.arrayBuffer());
}
