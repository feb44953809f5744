import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { architecture } from './architectures/architecture.ts';
import { bert, bertNames, fittingBert } from './architectures/bert.ts';
import { convNextNames, convNextTiny } from './architectures/convnext.ts';
import { dinoV2Names, dinoV2Small, fittingDinoV2 } from './architectures/dinov2.ts';
import {
  efficientNetLite0,
  efficientNetLite0Names,
  efficientNetLite1,
  efficientNetLite1Names,
  efficientNetLite2,
  efficientNetLite2Names,
} from './architectures/efficientnet-lite.ts';
import { efficientNetB0 } from './architectures/efficientnet.ts';
import { mobileNetV2, mobileNetV2Names } from './architectures/mobilenet-v2.ts';
import { mobileNetV3Large, mobileNetV3Small } from './architectures/mobilenet-v3.ts';
import { regNetNames, regNetX400mf, regNetY400mf } from './architectures/regnet.ts';
import { resnet101, resnet18, resnet34, resnet50 } from './architectures/resnet.ts';
import { squeezeNet1_1 } from './architectures/squeezenet.ts';
import {
  deitSmall,
  fittingImageSize,
  fittingVisionTransformer,
  visionTransformer,
  visionTransformerNames,
  vitB16,
} from './architectures/vision-transformer.ts';
import { httpsSource } from './https-source.ts';
import { huggingFaceSource } from './hugging-face-source.ts';
import { modelSource } from './model-source.ts';

const classes = { classes: 'integer' } as const;
const transformer = { blocks: 'integer', heads: 'integer', features: 'integer' } as const;
const images = {
  ...classes,
  ...transformer,
  size: 'number',
  patch: 'number',
  hidden: 'integer',
  dropout: 'number',
} as const;

/** Contributes the model sources `https` and `hf`, and the architectures. */
const zoo: Plugin = definePlugin({
  name: '@graft/zoo',
  apiVersion,
  contributes: [
    modelSource(httpsSource),
    modelSource(huggingFaceSource),
    architecture({
      ...configurable('bert', bert, {
        ...transformer,
        vocabulary: 'integer',
        positions: 'integer',
        segments: 'integer',
        hidden: 'integer',
      }),
      inputs: Object.fromEntries(
        ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => [
          name,
          { shape: ['batch', 'tokens'], dtype: 'int64' as const },
        ]),
      ),
      output: 'last_hidden_state',
      checkpointNames: bertNames,
      fitting: fittingBert,
    }),
    architecture({ ...configurable('convNextTiny', convNextTiny, classes), checkpointNames: convNextNames }),
    architecture({
      ...configurable('deitSmall', deitSmall, images),
      checkpointNames: visionTransformerNames,
      fitting: fittingImageSize,
    }),
    architecture({
      ...configurable('dinoV2Small', dinoV2Small, { ...transformer, size: 'number', patch: 'number' }),
      output: 'pooler_output',
      checkpointNames: dinoV2Names,
      fitting: fittingDinoV2,
    }),
    architecture(configurable('efficientNetB0', efficientNetB0, classes)),
    architecture({
      ...configurable('efficientNetLite0', efficientNetLite0, classes),
      checkpointNames: efficientNetLite0Names,
    }),
    architecture({
      ...configurable('efficientNetLite1', efficientNetLite1, classes),
      inputShape: [3, 240, 240],
      checkpointNames: efficientNetLite1Names,
    }),
    architecture({
      ...configurable('efficientNetLite2', efficientNetLite2, classes),
      inputShape: [3, 260, 260],
      checkpointNames: efficientNetLite2Names,
    }),
    architecture({ ...configurable('mobileNetV2', mobileNetV2, classes), checkpointNames: mobileNetV2Names }),
    architecture(configurable('mobileNetV3Large', mobileNetV3Large, classes)),
    architecture(configurable('mobileNetV3Small', mobileNetV3Small, classes)),
    architecture({ ...configurable('regNetX400mf', regNetX400mf, classes), checkpointNames: regNetNames }),
    architecture({ ...configurable('regNetY400mf', regNetY400mf, classes), checkpointNames: regNetNames }),
    architecture(configurable('resnet18', resnet18, classes)),
    architecture(configurable('resnet34', resnet34, classes)),
    architecture(configurable('resnet50', resnet50, classes)),
    architecture(configurable('resnet101', resnet101, classes)),
    architecture(configurable('squeezeNet1_1', squeezeNet1_1, classes)),
    architecture({
      ...configurable('visionTransformer', visionTransformer, images),
      inputShape: [3, 64, 64],
      checkpointNames: visionTransformerNames,
      fitting: fittingVisionTransformer,
    }),
    architecture({
      ...configurable('vitB16', vitB16, images),
      checkpointNames: visionTransformerNames,
      fitting: fittingImageSize,
    }),
  ],
});
export default zoo;
