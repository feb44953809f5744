/** The name of each card of the project, with the package that has it. */
export const cardPackages: ReadonlyMap<string, string> = new Map([
  ['all-minilm-l6-v2', '@graft/model-minilm'],
  ['candy-9', '@graft/model-onnx-model-zoo'],
  ['detypify', '@graft/model-detypify'],
  ['efficientnet-lite0', '@graft/model-efficientnet-lite'],
  ['efficientnet-lite1', '@graft/model-efficientnet-lite'],
  ['efficientnet-lite2', '@graft/model-efficientnet-lite'],
  ['emotion-ferplus-8', '@graft/model-onnx-model-zoo'],
  ['fcn-resnet50-12', '@graft/model-onnx-model-zoo'],
  ['gpt2-10', '@graft/model-onnx-model-zoo'],
  ['mobilenetv2-12', '@graft/model-onnx-model-zoo'],
  ['openwakeword-embedding', '@graft/model-openwakeword'],
  ['openwakeword-mel', '@graft/model-openwakeword'],
  ['ppocr-cls', '@graft/model-ppocr-cls'],
  ['ppocr-v4-det', '@graft/model-ppocr-v4-det'],
  ['ppocr-v4-rec', '@graft/model-ppocr-v4-rec'],
  ['resnet101-duc-12', '@graft/model-onnx-model-zoo'],
  ['resnet18-v2-7', '@graft/model-onnx-model-zoo'],
  ['resnet50-v1-12', '@graft/model-onnx-model-zoo'],
  ['resnet50-v2-7', '@graft/model-onnx-model-zoo'],
  ['roberta-base-11', '@graft/model-onnx-model-zoo'],
  ['shufflenet-v2-12', '@graft/model-onnx-model-zoo'],
  ['squeezenet1.1-7', '@graft/model-onnx-model-zoo'],
  ['super-resolution-10', '@graft/model-onnx-model-zoo'],
  ['t5-encoder-12', '@graft/model-onnx-model-zoo'],
  ['tinyyolov2-8', '@graft/model-onnx-model-zoo'],
  ['vgg16-bn-7', '@graft/model-onnx-model-zoo'],
]);

/** A sentence that says how to install the package with this card; undefined if no known package has it. */
export function howToInstall(name: string): string | undefined {
  const found = cardPackages.get(name);
  return found && `The model "${name}" is in the package ${found}. Run npm install ${found}.`;
}
