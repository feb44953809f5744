import type { NetworkBlock } from '@graft/onnx';
import { visible } from '@graft/report';
import type { NetworkReport } from './inspect-network.ts';

/** Operators that say what a block does; others are listed only if there are none of these. */
const telling =
  /Conv|Gemm|MatMul|Norm|Pool|Softmax|Attention|Relu|Elu|Gelu|Swish|Sigmoid|Tanh|Mish|^(Clip|Add|Concat|Resize|Upsample|DepthToSpace|SpaceToDepth|LSTM|GRU|Gather|Einsum)$/;
/** Longest texts of the columns. */
const [longestName, longestOperators] = [34, 48];
/** Most steps of indentation, one for each time that maps are halved. */
const deepest = 8;

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
/** A name whose end tells more than its beginning. */
const cutAhead = (text: string, length: number): string =>
  text.length > length ? `…${text.slice(text.length - length + 1)}` : text;
const shapeOf = (shape: readonly (number | string | null)[] = []): string =>
  `[${shape
    .slice(1)
    .map((size) => size ?? '?')
    .join(', ')}]`;

/**
 * Draws the blocks of a network as text, from its inputs to its outputs: what each computes, the shape that it gives for one example and its parameters, indented where maps get
 * smaller, with the place of the new head.
 */
export function drawNetwork({ blocks, cut: at, inputs }: NetworkReport): string {
  const sizes = blocks.map(({ shape }) => (shape?.length === 4 ? placesOf(shape) : undefined));
  const largest = Math.max(0, ...sizes.map((size) => size ?? 0));
  let level = 0;
  const rows = blocks.map((block, i) => {
    const size = sizes[i];
    // Vectors and sequences stay where the last map was.
    if (size && size > 1) level = Math.min(deepest, Math.round(Math.log2(largest / size) / 2));
    return { block, cells: cellsOf(block, level) };
  });
  const widths = [0, 1, 2, 3].map((i) => Math.max(0, ...rows.map(({ cells }) => cells[i]!.length)));
  const line = (mark: string, cells: readonly string[]): string =>
    `${mark} ${cells.map((cell, i) => (i === 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('   ')}`.trimEnd();
  const part = (kind: NetworkBlock['part'], mark: string): string[] =>
    rows.flatMap(({ block, cells }) => (block.part === kind ? [line(mark, cells)] : []));
  const head = part('head', '┊ ');
  const features = at && `${at.features} ${at.kind === 'map' || at.kind === 'channelsLast' ? 'channels' : 'features'}`;
  return [
    ...inputs.map(({ name, shape }) =>
      `${visible(cutAhead(name, longestName))}  ${shape?.length ? shapeOf(shape) : ''}`.trimEnd(),
    ),
    '│',
    ...part('backbone', '├─'),
    ...(at ? [`✂  ${visible(cutAhead(at.value, 60))}: ${features}, where the new head is attached`] : []),
    ...(head.length ? [...head, '╵  left out with the old head'] : []),
  ].join('\n');
}

function cellsOf({ name, last, count, operators, shape, parameters }: NetworkBlock, level: number): string[] {
  const all = Object.entries(operators);
  const shown = all.filter(([type]) => telling.test(type));
  const list = (shown.length ? shown : all).map(([type, number]) => {
    const short = type.replace('Normalization', 'Norm').replace('GlobalAveragePool', 'GlobalAvgPool');
    return number > 1 ? `${number} ${short}` : short;
  });
  const title = cutAhead(visible(last === undefined ? name : `${name} … ${lastOf(name, last)}`), longestName);
  return [
    `${' '.repeat(level)}${title}`,
    cut(`${count > 1 ? `${count} × (` : ''}${visible(list.join(', '))}${count > 1 ? ')' : ''}`, longestOperators),
    shapeOf(shape),
    parameters ? parameters.toLocaleString('en') : '–',
  ];
}

/** Number of places of a map, which are as many in both directions or at least not as many as channels. */
const placesOf = ([, first, second, third]: readonly number[]): number =>
  first === second && second !== third ? first! * second! : second! * third!;

/** The last of a row from the number in which it differs from the first: `layer1.0 … 1`. */
function lastOf(first: string, last: string): string {
  let same = 0;
  while (same < first.length && first[same] === last[same]) same++;
  while (same > 0 && /\d/.test(last[same - 1]!)) same--;
  return last.slice(same);
}
