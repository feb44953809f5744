// @ts-check

/**
 * The page docs/onnx-networks.md.
 * @param {readonly import('./networks.mjs').Row[]} rows
 * @param {readonly Awaited<ReturnType<typeof import('./published.mjs').checkPublished>>[]} others
 */
export function markdown(rows, others) {
  const networks = [...new Set(rows.map((row) => row.network))];
  const line = (/** @type {string} */ name) => {
    const own = rows.filter((row) => row.network === name);
    const greatest = (
      /** @type {'forward' | 'torch' | 'gradient' | 'direct' | 'rounding' | 'roundTrip' | 'rewritten'} */ key,
    ) => Math.max(...own.map((row) => row[key] ?? 0)).toExponential(0);
    const compared = own.map((row) => row.compared / row.wanted);
    const [first] = own;
    return `| ${[
      name,
      `${own.filter((row) => !row.failed.length).length}/${own.length}`,
      first && millions(first.parameters),
      greatest('forward'),
      greatest('gradient'),
      own.some((row) => row.direct !== undefined) ? greatest('direct') : '–',
      greatest('rounding'),
      `${(100 * Math.min(...compared)).toFixed(0)} %`,
      greatest('roundTrip'),
      own.some((row) => row.rewritten !== undefined) ? greatest('rewritten') : '–',
      first && `\`${first.cut}\``,
    ].join(' | ')} |`;
  };
  const passed = rows.filter((row) => !row.failed.length).length;
  return `# Whole networks

Written by \`npm run networks -- --markdown docs/onnx-networks.md\`: ${networks.length} networks with random weights, exported by PyTorch in ${rows.length} files
(operator sets 13 and 17, fixed and dynamic batch, and with batch norms and dropout in training mode). ${passed} of ${rows.length} pass.

* **onnxruntime**: the maximum difference from onnxruntime's output, relative to its largest value, for a batch of 2 and, if the batch is dynamic, of 3. At most 1e-4.
* **gradient**: of a cross entropy (classifiers) or mean squared error (others), the maximum of \`‖own − PyTorch's‖ / ‖PyTorch's‖\` over all weights, with PyTorch in float64. At most 1e-3, for the first of three batches that
  satisfies it: a single ReLU or pooling that flips by rounding changes all gradients before it, and such a coincidence is not an error. Weights whose
  gradient is below a millionth of the total are compared relative to that.
* **without Winograd**: the same with direct convolutions, for files whose gradient above exceeds 1e-3; in that case this value counts. Winograd's rounding error (2e-6) flips more units
  of a large network that are this close to zero.
* **PyTorch float32**: the difference between PyTorch's own float32 and float64 gradients for that batch. (Whisper's is due to an incorrect GELU gradient of torch 1.13.)
* **compared**: the fraction of PyTorch's parameters that are weights of the file. The exporter precomputed the others, such as Swin's tables of relative positions.
* **exported**: the network after one step of gradient descent in Graft, and its export in onnxruntime. At most 1e-4. **rewritten**: the same with every node rewritten for operator set 21.

| network | files that pass | parameters | onnxruntime | gradient | without Winograd | PyTorch float32 | compared | exported | rewritten | first candidate cut |
|---|---|---|---|---|---|---|---|---|---|---|
${networks.map(line).join('\n')}

As published in npm packages:

| network | operator set | parameters | onnxruntime | inputs |
|---|---|---|---|---|
${others.map(({ name, opset, parameters, forward, batches }) => `| ${[name, opset, millions(parameters), forward.toExponential(0), batches].join(' | ')} |`).join('\n')}
`;
}

const millions = (/** @type {number} */ count) => `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`;
