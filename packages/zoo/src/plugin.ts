import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { architecture } from './architectures/architecture.ts';
import { bert, bertNames, fittingBert } from './architectures/bert.ts';
import { efficientNetLite0, efficientNetLiteNames } from './architectures/efficientnet-lite.ts';
import { mobileNetV2, mobileNetV2Names } from './architectures/mobilenet-v2.ts';
import { resnet18, resnet34, resnet50 } from './architectures/resnet.ts';
import { squeezeNet1_1 } from './architectures/squeezenet.ts';
import {
  fittingVisionTransformer,
  visionTransformer,
  visionTransformerNames,
} from './architectures/vision-transformer.ts';
import { httpsSource } from './https-source.ts';
import { huggingFaceSource } from './hugging-face-source.ts';
import { modelSource } from './model-source.ts';

/** Contributes the model sources `https` and `hf`, and the architectures. */
const zoo: Plugin = definePlugin({
  name: '@graft/zoo',
  apiVersion,
  contributes: [
    modelSource(httpsSource),
    modelSource(huggingFaceSource),
    architecture({
      ...configurable('bert', bert, {
        vocabulary: 'integer',
        positions: 'integer',
        segments: 'integer',
        blocks: 'integer',
        heads: 'integer',
        features: 'integer',
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
    architecture({
      ...configurable('efficientNetLite0', efficientNetLite0, { classes: 'integer' }),
      checkpointNames: efficientNetLiteNames,
    }),
    architecture({
      ...configurable('mobileNetV2', mobileNetV2, { classes: 'integer' }),
      checkpointNames: mobileNetV2Names,
    }),
    architecture(configurable('resnet18', resnet18, { classes: 'integer' })),
    architecture(configurable('resnet34', resnet34, { classes: 'integer' })),
    architecture(configurable('resnet50', resnet50, { classes: 'integer' })),
    architecture(configurable('squeezeNet1_1', squeezeNet1_1, { classes: 'integer' })),
    architecture({
      ...configurable('visionTransformer', visionTransformer, {
        classes: 'integer',
        size: 'number',
        patch: 'number',
        blocks: 'number',
        heads: 'integer',
        features: 'integer',
        hidden: 'integer',
        dropout: 'number',
      }),
      inputShape: [3, 64, 64],
      checkpointNames: visionTransformerNames,
      fitting: fittingVisionTransformer,
    }),
  ],
});
export default zoo;
