import { didYouMean } from '@graft/plugin';
import { TensorView } from './stored-tensor.ts';

/** Keys under which training programs save weights, best first. Averaged weights are what they evaluate. */
const usualKeys = [
  'state_dict_ema',
  'model_ema',
  'ema_state_dict',
  'ema',
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
];
/** How often weights are looked up inside of each other, as in `{ model: { state_dict: … } }`. */
const mostLevels = 3;
const mostListed = 6;

/** Tensors by name, and what to tell the user about the choice. */
export interface ChosenWeights {
  readonly entries: readonly (readonly [name: string, tensor: TensorView])[];
  readonly notes: readonly string[];
}

/** Finds the weights in the value of a checkpoint. @param file its name in quotes @throws if there are none */
export function chooseWeights(value: unknown, file: string, key?: string): ChosenWeights {
  if (value instanceof TensorView)
    throw new Error(
      `${file} holds one tensor without a name. Save a dict in Python: torch.save(model.state_dict(), "weights.pth").`,
    );
  if (!(value instanceof Map))
    throw new Error(
      `${file} does not hold a dict of weights. Save them in Python: torch.save(model.state_dict(), "weights.pth").`,
    );
  const notes: string[] = [];
  let level: ReadonlyMap<unknown, unknown> = value;
  if (key !== undefined) {
    const inside = level.get(key);
    if (!(inside instanceof Map))
      throw new Error(
        `${file} has no weights "${key}".${didYouMean(key, levelsOf(level))} It has: ${listed(level.keys()) || 'nothing'}.`,
      );
    level = inside;
  }
  for (let depth = 0; depth < mostLevels; depth++) {
    const levels = levelsOf(level);
    const found = usualKeys.find((usual) => levels.includes(usual));
    if (found === undefined) break;
    const others = levels.filter((other) => other !== found && usualKeys.includes(other));
    notes.push(
      `${file}: the weights are those of "${found}"${others.length ? `, not of ${others.map((other) => `"${other}"`).join(', ')}` : ''}.`,
    );
    level = level.get(found) as ReadonlyMap<unknown, unknown>;
  }
  const entries: [string, TensorView][] = [];
  const left: unknown[] = [];
  for (const [name, one] of level)
    if (typeof name === 'string' && one instanceof TensorView) entries.push([name, one]);
    else left.push(name);
  if (!entries.length)
    throw new Error(
      `${file} has no tensors${level === value ? '' : ' there'}, only: ${listed(level.keys()) || 'nothing'}. Save them in Python: torch.save(model.state_dict(), "weights.pth").`,
    );
  if (left.length) notes.push(`${file}: left out what is not a tensor: ${listed(left)}.`);
  return { entries, notes };
}

/** Keys of dicts that hold tensors or other dicts. */
const levelsOf = (level: ReadonlyMap<unknown, unknown>): string[] =>
  [...level]
    .filter(([key, value]) => typeof key === 'string' && value instanceof Map && holdsTensors(value))
    .map(([key]) => key as string);

function holdsTensors(level: ReadonlyMap<unknown, unknown>): boolean {
  for (const value of level.values()) if (value instanceof TensorView || value instanceof Map) return true;
  return false;
}

function listed(names: Iterable<unknown>): string {
  const all = [...names].map((name) =>
    typeof name === 'string' ? name.slice(0, 60).replaceAll(/\p{Cc}/gu, '?') : '…',
  );
  return all.slice(0, mostListed).join(', ') + (all.length > mostListed ? ` and ${all.length - mostListed} more` : '');
}
