export { type Architecture, architecture } from './architectures/architecture.ts';
export { Bert, bert, type BertInput, type BertOptions } from './architectures/bert.ts';
export { ConvNeXt, convNextTiny } from './architectures/convnext.ts';
export { DinoV2, type DinoV2Options, dinoV2Small } from './architectures/dinov2.ts';
export { EfficientNet, efficientNetB0 } from './architectures/efficientnet.ts';
export {
  EfficientNetLite,
  efficientNetLite0,
  efficientNetLite1,
  efficientNetLite2,
} from './architectures/efficientnet-lite.ts';
export { loadPretrained, type LoadPretrainedOptions, type PretrainedModule } from './architectures/load-pretrained.ts';
export { MobileNetV2, mobileNetV2 } from './architectures/mobilenet-v2.ts';
export { MobileNetV3, mobileNetV3Large, mobileNetV3Small } from './architectures/mobilenet-v3.ts';
export { type ReadWeights, readWeights } from './architectures/read-weights.ts';
export { RegNet, regNetX400mf, regNetY400mf } from './architectures/regnet.ts';
export { type ArchitectureOptions, ResNet, resnet18, resnet34, resnet50, resnet101 } from './architectures/resnet.ts';
export { SqueezeNet, squeezeNet1_1 } from './architectures/squeezenet.ts';
export {
  deitSmall,
  VisionTransformer,
  visionTransformer,
  type VisionTransformerOptions,
  vitB16,
} from './architectures/vision-transformer.ts';
export { download, type DownloadOptions } from './download.ts';
export { getCard } from './get-card.ts';
export { httpsSource } from './https-source.ts';
export { huggingFaceSource } from './hugging-face-source.ts';
export { isPermissive } from './licence.ts';
export {
  type CardFile,
  type CutPoint,
  type ModelCard,
  type ModelInput,
  modelCard,
  type Preprocessing,
} from './model-card.ts';
export { schemeOf, type ModelSource, modelSource, type PartialDownload, type SourceContext } from './model-source.ts';
export { parseCard } from './parse-card.ts';
export { default } from './plugin.ts';
export { searchCards } from './search-cards.ts';
