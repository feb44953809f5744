import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { architecture } from './architectures/architecture.ts';
import { mobileNetV2 } from './architectures/mobilenet-v2.ts';
import { resnet18, resnet34, resnet50 } from './architectures/resnet.ts';
import { squeezeNet1_1 } from './architectures/squeezenet.ts';
import { visionTransformer } from './architectures/vision-transformer.ts';
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
    architecture(configurable('mobileNetV2', mobileNetV2, ['classes'])),
    architecture(configurable('resnet18', resnet18, ['classes'])),
    architecture(configurable('resnet34', resnet34, ['classes'])),
    architecture(configurable('resnet50', resnet50, ['classes'])),
    architecture(configurable('squeezeNet1_1', squeezeNet1_1, ['classes'])),
    architecture({
      ...configurable('visionTransformer', visionTransformer, [
        'classes',
        'size',
        'patch',
        'blocks',
        'heads',
        'features',
        'hidden',
        'dropout',
      ]),
      inputShape: [3, 64, 64],
    }),
  ],
});
export default zoo;
