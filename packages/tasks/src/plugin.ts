import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { imageType } from './image/image-modality.ts';
import { modality } from './modality.ts';
import { objective } from './objective.ts';
import { classification } from './objectives/classification.ts';
import { multilabel } from './objectives/multilabel.ts';
import { regression } from './objectives/regression.ts';
import { soundType } from './sound/sound-modality.ts';
import { textType } from './text/text-modality.ts';

/** Contributes the modalities image, text and sound, and the objectives classification, multilabel and regression. */
const tasks: Plugin = definePlugin({
  name: '@graft/tasks',
  apiVersion,
  requires: ['@graft/data', '@graft/report'],
  contributes: [
    modality(imageType),
    modality(textType),
    modality(soundType),
    objective(configurable('classification', () => classification, {})),
    objective(configurable('multilabel', () => multilabel, {})),
    objective(configurable('regression', () => regression, {})),
  ],
});
export default tasks;
