import { add, sameShape, scope, showShape, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';
import { nameOf } from './check-shape.ts';

/** Returns its input. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** Wraps a function as a module, with a name for messages and summaries. Anything with parameters must be a module of its own. */
export class Lambda extends Module {
  readonly name: string;
  private readonly fn: (x: Tensor, run: Run) => Tensor;
  constructor(name: string, fn: (x: Tensor, run: Run) => Tensor) {
    super();
    this.name = name;
    this.fn = fn;
  }
  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => this.fn(x, run));
  }
}

/** x + branch(x), or shortcut(x) + branch(x) where the branch changes the shape. (He et al. 2016) */
export class Residual extends Module {
  readonly branch: Module;
  readonly shortcut: Module | undefined;
  constructor(branch: Module, shortcut?: Module) {
    super();
    this.branch = branch;
    this.shortcut = shortcut;
  }
  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => {
      const [y, own] = [this.branch.forward(x, run), this.shortcut ? this.shortcut.forward(x, run) : x];
      if (!sameShape(y.shape, own.shape))
        throw new Error(
          `${nameOf(this)} expects a branch that keeps the shape, got ${showShape(y.shape)} for a shortcut of ${showShape(own.shape)}. Give it a shortcut that produces the same shape, such as a 1×1 convolution.`,
        );
      return add(own, y);
    });
  }
}
