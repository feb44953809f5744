export { httpsSource } from './https-source.ts';
export { type CutPoint, type ModelCard, type ModelInput, modelCard, type Preprocessing } from './model-card.ts';
export { type ModelSource, modelSource, type SourceContext } from './model-source.ts';
export { parseCard } from './parse-card.ts';
export { default } from './plugin.ts';
