import type { AnyBatch } from '@graft/data';
import type { Module } from '@graft/layers';
import { importOnnx, lastLayerInput, type OnnxFile, type OnnxOperator } from '@graft/onnx';
import { type AnyBackend, scope, type Tensor } from '@graft/tensor';
import { prepareBatch } from '@graft/train';
import { forAnyBatch } from './any-batch.ts';

/** The part of an exported model up to the features that its last layer reads. */
export class FeatureModel {
  readonly #module: Module;
  readonly #backend: AnyBackend;

  private constructor(module: Module, backend: AnyBackend) {
    this.#module = module;
    this.#backend = backend;
  }

  /** @throws if the model does not end in a linear layer */
  static async open(
    file: OnnxFile,
    { operators, backend }: { readonly operators: readonly OnnxOperator[]; readonly backend: AnyBackend },
  ): Promise<FeatureModel> {
    const graph = importOnnx(file, { operators, outputs: [lastLayerInput(file)] });
    return new FeatureModel(await forAnyBatch(graph).to(backend), backend);
  }

  /** The features of each example of a batch. */
  async features(batch: AnyBatch): Promise<Float32Array[]> {
    const features = scope(() => this.#module.forward(prepareBatch(batch, this.#backend).input as Tensor));
    const values = (await features.array()) as Float32Array;
    const [count, width] = [batch.indices.length, values.length / batch.indices.length];
    features.dispose();
    return Array.from({ length: count }, (_, n) => values.slice(n * width, (n + 1) * width));
  }

  dispose(): void {
    this.#module.dispose();
  }
}
