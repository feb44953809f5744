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
(operator sets 13 and 17, batch fixed and open, and with batch norms and dropout kept as for training). ${passed} of ${rows.length} pass.

* **onnxruntime**: the greatest difference from onnxruntime's output, as a share of its greatest value, for a batch of 2 and, where the batch is open, of 3. At most 1e-4.
* **gradient**: of a cross entropy (classifiers) or mean squared error (others), the greatest \`‖own − PyTorch's‖ / ‖PyTorch's‖\` of any weight, PyTorch's in float64. At most 1e-3, for the first of three batches that
  has it: one ReLU or pooling that falls to the other side by rounding moves all gradients before it, which is a coincidence, and an error is none. Weights whose
  gradient is below a millionth of the whole one are measured against that.
* **without Winograd**: the same with convolutions summed directly, where a file's gradient above is more than 1e-3; then this counts. Winograd's rounding (2e-6) turns more of
  a large network's units that lie that near to zero.
* **PyTorch float32**: how far PyTorch's own float32 gradients are from its float64 ones in that batch. (Whisper's is a wrong GELU gradient of torch 1.13.)
* **compared**: how many of PyTorch's parameters stand in the file as weights of their own. The rest the exporter computed ahead, such as Swin's tables of relative positions.
* **exported**: the network after a step of gradient descent, here, and its export in onnxruntime. At most 1e-4. **rewritten**: the same with every node written anew for operator set 21.

| network | files that pass | parameters | onnxruntime | gradient | without Winograd | PyTorch float32 | compared | exported | rewritten | first candidate cut |
|---|---|---|---|---|---|---|---|---|---|---|
${networks.map(line).join('\n')}

As npm packages publish them:

| network | operator set | parameters | onnxruntime | inputs |
|---|---|---|---|---|
${others.map(({ name, opset, parameters, forward, batches }) => `| ${[name, opset, millions(parameters), forward.toExponential(0), batches].join(' | ')} |`).join('\n')}
`;
}

const millions = (/** @type {number} */ count) => `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`;
