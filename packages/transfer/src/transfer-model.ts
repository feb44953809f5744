import { inference, Module, type ModuleInput, type Run } from '@graft/layers';
import { scope, type Tensor } from '@graft/tensor';

/** A pretrained backbone with a new head; its parameters are named `backbone.…` and `head.…`. Accepts the inputs of the backbone: one tensor, or tensors by name. */
export class TransferModel<In extends ModuleInput = Tensor> extends Module<In> {
  readonly backbone: Module<In>;
  readonly head: Module;

  /** @param backbone turns inputs into features: vectors [batch, features], or a map or sequence that the head pools */
  constructor(backbone: Module<In>, head: Module) {
    super();
    this.backbone = backbone;
    this.head = head;
  }

  override forward(input: In, run: Run = inference): Tensor {
    return scope(() =>
      this.head.forward(
        scope(() => this.backbone.forward(input, run)),
        run,
      ),
    );
  }

  /** The backbone's groups in order from the input, then the head as the last group. */
  override layerGroups(): ReturnType<Module['layerGroups']> {
    return [
      ...this.backbone.layerGroups(),
      { name: 'head', parameters: [...this.head.parameters()].map(([, parameter]) => parameter) },
    ];
  }
}
