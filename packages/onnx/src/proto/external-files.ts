import { safePath } from './external-data.ts';
import { decode } from './read-model.ts';
import type { TensorProto } from './schema.ts';

/**
 * Lists the model's external files as paths inside its folder.
 * @throws if one is outside the folder
 */
export function externalFilesOf(model: Uint8Array, name: string): string[] {
  const { graph } = decode(model, name);
  const tensors: TensorProto[] = [
    ...(graph?.initializer ?? []),
    ...(graph?.node ?? []).flatMap((node) =>
      (node.attribute ?? []).flatMap(({ t, tensors }) => [...(t ? [t] : []), ...(tensors ?? [])]),
    ),
  ];
  const paths = tensors.flatMap(({ name: tensor, dataLocation, externalData }) =>
    dataLocation === 1
      ? [
          safePath(
            (externalData ?? []).find((entry) => entry.key === 'location')?.value ?? '',
            `${name}: Tensor "${tensor ?? ''}"`,
          ),
        ]
      : [],
  );
  return [...new Set(paths)];
}
