import { Tensor } from './tensor.ts';

/** Tensors created in each running scope, the innermost last. */
const scopes: Tensor[][] = [];

/** Registers a tensor with the running scope, or with the garbage collector if there is none. */
export function own(tensor: Tensor): Tensor {
  const scope = scopes.at(-1);
  if (scope) scope.push(tensor);
  else tensor.watch();
  return tensor;
}

/**
 * Runs `fn` and frees all tensors created in it, except those it returns (also in arrays, maps and plain objects).
 * @throws if `fn` is asynchronous: a scope cannot track tensors created across an await
 */
export function scope<T>(fn: () => T): T {
  return ownedBy(fn).result;
}

/** Like {@link scope}; also returns the survivors that were created inside. */
export function ownedBy<T>(fn: () => T): { result: T; survivors: readonly Tensor[] } {
  const owned: Tensor[] = [];
  scopes.push(owned);
  let result: T;
  try {
    result = fn();
    if (result instanceof Promise)
      throw new Error('scope() expects a synchronous function: await before it or after it, not inside.');
  } catch (error) {
    scopes.pop();
    for (const tensor of owned) drop(tensor);
    throw error;
  }
  scopes.pop();
  const returned = new Set<Tensor>();
  collect(result, returned);
  const survivors: Tensor[] = [];
  for (const tensor of owned) {
    if (!returned.has(tensor)) drop(tensor);
    else if (!tensor.freed) survivors.push(own(tensor));
  }
  return { result, survivors };
}

/** Frees a tensor early unless it is kept; for code that was its last user. */
export function drop(tensor: Tensor): void {
  if (!tensor.kept) tensor.dispose();
}

/** Lets a tensor outlive its scope. The caller must then `dispose` it. */
export function keep<T extends Tensor>(tensor: T): T {
  tensor.kept = true;
  return tensor;
}

function collect(value: unknown, into: Set<Tensor>): void {
  if (value instanceof Tensor) into.add(value);
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (value instanceof Map || value instanceof Set) for (const item of value.values()) collect(item, into);
  else if (value && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) collect(item, into);
}
