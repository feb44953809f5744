import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where exporters put a folder's model, such as those of Optimum and transformers.js. */
const usual = ['model.onnx', join('onnx', 'model.onnx')];

/**
 * The ONNX file in a folder: `model.onnx`, `onnx/model.onnx`, or the only one.
 * @returns the path itself if it is not a folder
 * @throws if the folder contains none, or several
 */
export async function modelIn(path: string): Promise<string> {
  if (!(await isFolder(path))) return path;
  for (const name of usual) if (await isFile(join(path, name))) return join(path, name);
  const found = [
    ...(await onnxFiles(path)),
    ...(await onnxFiles(join(path, 'onnx'))).map((name) => join('onnx', name)),
  ];
  if (found.length === 1) return join(path, found[0]!);
  throw new Error(
    found.length
      ? `The folder "${path}" contains several ONNX files: ${found.slice(0, 8).join(', ')}${found.length > 8 ? ', …' : ''}. Give the path of one.`
      : `The folder "${path}" contains no ONNX file. Export one: optimum-cli export onnx --model <name> ${basename(path)}, or torch.onnx.export(…).`,
  );
}

/** Folders in which a model's configuration may be: its own, and the one above if that is named `onnx`. */
export function foldersBeside(model: string): readonly string[] {
  const folder = dirname(model);
  return basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder];
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;
const onnxFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => name.toLowerCase().endsWith('.onnx')).sort();
