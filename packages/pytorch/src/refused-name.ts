/** The error for a function or class that reading weights does not need. @param file its name in quotes */
export function refusedName(name: string, file: string, pickle: Uint8Array): Error {
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  const called = /^[\w.<>-]+$/.test(shown) ? shown : JSON.stringify(shown);
  const kind = unsupported.find(([pattern]) => pattern.test(name))?.[1];
  if (kind !== undefined)
    return new Error(`${file} has ${kind} (${called}), which are not supported. Save dense floats or integers.`);
  if (/^torch\.nn\.|\.nn\.modules\./.test(name) || holdsModules(pickle))
    return new Error(
      `${file} holds a whole module with its code (${called}), not just its weights, and no code is run. If you trust the file, save the weights in Python: torch.save(torch.load(${file}, weights_only=False).state_dict(), "weights.pth").`,
    );
  return new Error(
    `${file} calls ${called}, which reading weights does not need, so it is not read. If you trust the file, save its weights alone in Python: torch.save(model.state_dict(), "weights.pth").`,
  );
}

const unsupported: readonly (readonly [RegExp, string])[] = [
  [/^torch(\.cuda)?\.Complex(Float|Double)Storage$|^torch\.complex\d+$/, 'complex numbers'],
  [/^torch\.Q\w+Storage$|_rebuild_q(uant)?tensor$|^torch\.q\w+\d/, 'quantized tensors'],
  [/_rebuild_sparse\w*tensor$/, 'sparse tensors'],
  [/^torch\.float(8|4)_/, '8-bit or 4-bit floats'],
];

/** Whether a pickle names PyTorch's layer classes. */
function holdsModules(pickle: Uint8Array): boolean {
  const head = pickle.subarray(0, 2 ** 22);
  return new TextDecoder('latin1').decode(head).includes('torch.nn.modules');
}
