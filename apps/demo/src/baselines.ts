import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@graft/layers';

/** Logistic regression: one linear layer on the pixels. */
export const linearOnPixels = (side: number): Sequential =>
  new Sequential(new Flatten(), new Linear({ in: side * side, out: 10 }));

/** A network of LeNet-5's size (LeCun et al. 1998) with ReLU, max pooling and batch norm, for 28×28 pixels. */
export const smallCnn = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 1, out: 6, kernel: 5, padding: 2 }),
    new BatchNorm2d({ features: 6 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ in: 6, out: 16, kernel: 5 }),
    new BatchNorm2d({ features: 16 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Flatten(),
    new Linear({ in: 400, out: 120 }),
    new ReLU(),
    new Linear({ in: 120, out: 84 }),
    new ReLU(),
    new Linear({ in: 84, out: 10 }),
  );
