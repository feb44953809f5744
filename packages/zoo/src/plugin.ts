import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { architecture } from './architectures/architecture.ts';
import { mobileNetV2 } from './architectures/mobilenet-v2.ts';
import { resnet18, resnet34, resnet50 } from './architectures/resnet.ts';
import { squeezeNet1_1 } from './architectures/squeezenet.ts';
import { visionTransformer } from './architectures/vision-transformer.ts';
import { httpsSource } from './https-source.ts';
import { huggingFaceSource } from './hugging-face-source.ts';
import { modelSource } from './model-source.ts';

/** What `@graft/zoo` adds to an app. */
const zoo: Plugin = definePlugin({
  name: '@graft/zoo',
  apiVersion,
  contributes: [
    modelSource(httpsSource),
    modelSource(huggingFaceSource),
    architecture({ name: 'mobileNetV2', create: mobileNetV2 }),
    architecture({ name: 'resnet18', create: resnet18 }),
    architecture({ name: 'resnet34', create: resnet34 }),
    architecture({ name: 'resnet50', create: resnet50 }),
    architecture({ name: 'squeezeNet1_1', create: squeezeNet1_1 }),
    architecture({ name: 'visionTransformer', create: visionTransformer }),
  ],
});
export default zoo;
