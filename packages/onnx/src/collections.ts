import { type AnyBackend, apply, Reshape, type Shape, type Tensor, tensor } from '@graft/tensor';

/** The content of a graph's value that is not a tensor of numbers. */
type Content =
  | { readonly kind: 'sequence' | 'optional'; readonly elements: readonly Tensor[] }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

/** The buffer of such a value, which holds a reference to every tensor in it. */
class Held {
  readonly content: Content;
  references = 1;
  constructor(content: Content) {
    this.content = content;
  }
}

const wayOut = (name: string): never => {
  throw new Error(`A ${name} has no numbers to compute with: extract its tensors first.`);
};

/** Graphs pass tensors between nodes; sequences, optionals and texts are wrapped as tensors without readable numbers. */
function held(content: Content, shape: Shape): Tensor {
  const name = content.kind === 'texts' ? 'tensor of texts' : content.kind;
  const backend: AnyBackend = {
    name,
    kernels: new Map(),
    write() {
      if (content.kind !== 'texts') for (const element of content.elements) element.retain();
      return new Held(content);
    },
    read: async () => wayOut(name),
    retain: (data: Held) => void data.references++,
    release(data: Held) {
      if (--data.references === 0 && content.kind !== 'texts')
        for (const element of content.elements) element.release();
    },
  };
  return tensor(new Uint8Array(shape.reduce((size, dim) => size * dim, 1)), { shape, dtype: 'bool', backend });
}

const contentOf = (x: Tensor): Content | undefined => (x.data instanceof Held ? x.data.content : undefined);

/** Wraps a list of tensors as one value. */
export const sequenceOf = (elements: readonly Tensor[]): Tensor =>
  held({ kind: 'sequence', elements }, [elements.length]);
/** Wraps an optional value. */
export const optionalOf = (element: Tensor | undefined): Tensor =>
  held({ kind: 'optional', elements: element ? [element] : [] }, []);
/** Wraps texts with a shape. */
export const textsOf = (texts: readonly string[], shape: Shape): Tensor => held({ kind: 'texts', texts }, shape);

/** `tensor` for a tensor of numbers. */
export const kindOf = (x: Tensor): 'tensor' | Content['kind'] => contentOf(x)?.kind ?? 'tensor';

/** The tensors of a sequence, in order. @throws if the value is not a sequence */
export function elementsOf(x: Tensor): readonly Tensor[] {
  const content = contentOf(x);
  if (content?.kind !== 'sequence')
    throw new Error(`expected a sequence, got a ${content?.kind ?? `${x.dtype} tensor`}.`);
  return content.elements;
}

/** The content of an optional value; any other value is returned as it is. */
export function presentIn(x: Tensor): Tensor | undefined {
  const content = contentOf(x);
  return content?.kind === 'optional' ? content.elements[0] : x;
}

/** @throws if the value does not hold texts */
export function textsIn(x: Tensor): readonly string[] {
  const content = contentOf(x);
  if (content?.kind !== 'texts') throw new Error(`expected texts, got a ${content?.kind ?? `${x.dtype} tensor`}.`);
  return content.texts;
}

/** The same value with its own reference, so elements outlive their sequence. Gradients flow through. */
export function shared(x: Tensor): Tensor {
  const content = contentOf(x);
  return content ? held(content, x.shape) : apply(Reshape, [x], { shape: x.shape });
}
