import { type AnyBackend, apply, Reshape, type Shape, type Tensor, tensor } from '@graft/tensor';

/** What a value of a graph holds that is no tensor of numbers. */
type Content =
  | { readonly kind: 'sequence' | 'optional'; readonly elements: readonly Tensor[] }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

/** The buffer of such a value: it has a share of every tensor in it. */
class Held {
  readonly content: Content;
  references = 1;
  constructor(content: Content) {
    this.content = content;
  }
}

const wayOut = (name: string): never => {
  throw new Error(`A ${name} holds no numbers to compute with: take tensors out of it first.`);
};

/** Graphs pass tensors on; sequences, optionals and texts go the same way, as tensors whose numbers nobody can read. */
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

/** A list of tensors as one value. */
export const sequenceOf = (elements: readonly Tensor[]): Tensor =>
  held({ kind: 'sequence', elements }, [elements.length]);
/** A value that may be absent, as a value. */
export const optionalOf = (element: Tensor | undefined): Tensor =>
  held({ kind: 'optional', elements: element ? [element] : [] }, []);
/** Texts in the shape of a tensor. */
export const textsOf = (texts: readonly string[], shape: Shape): Tensor => held({ kind: 'texts', texts }, shape);

/** `tensor` where the value is one of numbers. */
export const kindOf = (x: Tensor): 'tensor' | Content['kind'] => contentOf(x)?.kind ?? 'tensor';

/** The tensors of a sequence, as they stand in it. @throws where it is none */
export function elementsOf(x: Tensor): readonly Tensor[] {
  const content = contentOf(x);
  if (content?.kind !== 'sequence')
    throw new Error(`a sequence is wanted, and a ${content?.kind ?? `${x.dtype} tensor`} is given.`);
  return content.elements;
}

/** What is in an optional value; any other value stands for itself. */
export function presentIn(x: Tensor): Tensor | undefined {
  const content = contentOf(x);
  return content?.kind === 'optional' ? content.elements[0] : x;
}

/** @throws where it holds no texts */
export function textsIn(x: Tensor): readonly string[] {
  const content = contentOf(x);
  if (content?.kind !== 'texts')
    throw new Error(`texts are wanted, and a ${content?.kind ?? `${x.dtype} tensor`} is given.`);
  return content.texts;
}

/** The same value with a share of its own: what is taken out of a sequence outlives it. Gradients flow through. */
export function shared(x: Tensor): Tensor {
  const content = contentOf(x);
  return content ? held(content, x.shape) : apply(Reshape, [x], { shape: x.shape });
}
