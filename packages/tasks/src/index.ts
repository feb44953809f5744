export type { InputValue } from './image/held-inputs.ts';
export { imageModality, type ImageOptions, imageType } from './image/image-modality.ts';
export {
  type Feed,
  type FedInput,
  type Fingerprint,
  type Heat,
  type Modality,
  modality,
  type ModalityType,
  type ModelUsage,
  type Network,
} from './modality.ts';
export {
  type CardPart,
  type Evaluator,
  type Learning,
  type Objective,
  objective,
  type ObjectiveType,
  type Prediction,
  type Targets,
  type Verdict,
} from './objective.ts';
export { classification } from './objectives/classification.ts';
export { multilabel } from './objectives/multilabel.ts';
export { regression } from './objectives/regression.ts';
export { soundModality, type SoundOptions, soundType } from './sound/sound-modality.ts';
export type { SoundSettings } from './sound/sound-settings.ts';
export { textModality, type TextOptions, textType } from './text/text-modality.ts';
export { WrongModality } from './wrong-modality.ts';
export { isName, isPlainName } from './is-name.ts';
export { default as tasksPlugin } from './plugin.ts';
export { classTables, confusionOf } from './sections/classes-section.ts';
export { unevenClasses } from './uneven-classes.ts';
