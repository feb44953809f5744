import type { BlobLike } from '@graft/data';
import { readModel } from '@graft/onnx';
import { type Context, withCode } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { architectureNetwork, isArchitecture, notAnArchitecture, type WeightsFile } from './architecture-network.ts';
import { type ModelInput, modelOpener, type OpenModelContext, type WeightsInput, weightsOpener } from './services.ts';

/**
 * Opens a network by name, path or URL, or from bytes or files; an architecture by its name, with weights or without.
 * @throws if there is none, it is not an ONNX file, or the weights do not fit
 */
export function openNetwork(app: Context, model: ModelInput, context: OpenModelContext = {}): Promise<Network> {
  const name = nameOf(model);
  return withCode('model.open', name, async () => {
    const { weights } = context;
    if (typeof model === 'string' && isArchitecture(app, model))
      return architectureNetwork(
        app,
        model,
        weights === undefined ? undefined : await weightsFile(app, weights, context),
      );
    if (weights !== undefined) throw notAnArchitecture(app, name);
    if (/\.(pth|pt|ckpt|safetensors)$/i.test(name))
      throw new Error(
        `"${name}" holds weights without a network. Use it as the option weights, with the name of its architecture as the model.`,
      );
    if (model instanceof Uint8Array) return { card: undefined, file: readModel({ name, model }) };
    if (isList(model)) return fromFiles(model);
    if (typeof model !== 'string') return { card: undefined, file: readModel({ name, model: await bytesOf(model) }) };
    const open = app.find(modelOpener);
    if (open) return open(model, context);
    return { card: undefined, file: readModel({ name, model: await fetched(model, context) }) };
  });
}

/** A model's name in messages and files. */
export function nameOf(model: ModelInput): string {
  if (typeof model === 'string') return model;
  if (model instanceof Uint8Array) return 'the model';
  return (isList(model) ? model.find(isOnnx)?.name : model.name) ?? 'the model';
}

/** The name of weights in messages and files. */
export function nameOfWeights(weights: WeightsInput): string {
  if (typeof weights === 'string') return weights;
  return (weights instanceof Uint8Array ? undefined : weights.name) ?? 'the weights';
}

async function weightsFile(app: Context, weights: WeightsInput, context: OpenModelContext): Promise<WeightsFile> {
  const name = nameOfWeights(weights);
  if (weights instanceof Uint8Array) return { name, bytes: weights };
  if (typeof weights !== 'string') return { name, bytes: await bytesOf(weights) };
  const open = app.find(weightsOpener);
  return open ? open(weights, context) : { name, bytes: await fetched(weights, context) };
}

const isList = (model: ModelInput): model is readonly BlobLike[] => Array.isArray(model);
const isOnnx = ({ name = '' }: BlobLike): boolean => name.toLowerCase().endsWith('.onnx');
const bytesOf = async (file: BlobLike): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

async function fromFiles(files: readonly BlobLike[]): Promise<Network> {
  const [model, ...others] = files.filter(isOnnx);
  if (!model || others.length)
    throw new Error(
      `A model given as files expects one .onnx file, got ${model ? others.length + 1 : 'none'} (${files.map(({ name }) => name ?? '?').join(', ')}). Choose one.`,
    );
  return {
    card: undefined,
    file: readModel({ name: model.name!, model: await bytesOf(model) }),
    companion: async (name) => {
      const found = files.find((file) => file.name === name);
      return found && bytesOf(found);
    },
  };
}

async function fetched(address: string, { signal }: OpenModelContext): Promise<Uint8Array> {
  const response = await fetch(address, { ...(signal && { signal }) });
  if (!response.ok)
    throw new Error(`"${address}" cannot be fetched: the server returned status ${response.status}. Check the URL.`);
  return bodyOf(response, address);
}

/** Maximum bytes of a model file: the limit of protobuf. */
const mostBytes = 2 ** 31;
/** Maximum ratio of a body to its compressed length, beyond the first 64 MiB: zeros compress a thousand times, weights hardly. */
const mostInflation = 32;

/** Reads the body of a response. @throws if it is too long */
async function bodyOf(response: Response, address: string): Promise<Uint8Array> {
  const isCompressed = !/^(identity)?$/.test(response.headers.get('content-encoding') ?? '');
  const sent = Number(response.headers.get('content-length'));
  const most = isCompressed ? Math.min(mostBytes, 2 ** 26 + mostInflation * sent) : mostBytes;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (const reader = response.body!.getReader(); ;) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new Error(`"${address}" has more than ${most} bytes, which is not a model. Check the address.`);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
