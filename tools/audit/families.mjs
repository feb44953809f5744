// @ts-check
import { cards } from './families/cards.mjs';
import { checkpoints } from './families/checkpoints.mjs';
import { commandOutput } from './families/command-output.mjs';
import { configurations } from './families/configurations.mjs';
import { downloads } from './families/downloads.mjs';
import { graphs } from './families/graphs.mjs';
import { images } from './families/images.mjs';
import { modelFolders } from './families/model-folders.mjs';
import { models } from './families/models.mjs';
import { parquet } from './families/parquet.mjs';
import { pytorch } from './families/pytorch.mjs';
import { runFolders } from './families/run-folders.mjs';
import { safetensors } from './families/safetensors.mjs';
import { sounds } from './families/sounds.mjs';
import { tables } from './families/tables.mjs';
import { texts } from './families/texts.mjs';
import { known } from './known.mjs';

/** All cases by family, with what is known of them. A new reader adds its cases here. @type {Readonly<Record<string, readonly import('./case.mjs').Case[]>>} */
export const families = withKnown({
  models,
  graphs,
  'model-folders': modelFolders,
  images,
  tables,
  parquet,
  safetensors,
  pytorch,
  checkpoints,
  configurations,
  cards,
  downloads,
  'run-folders': runFolders,
  texts,
  sounds,
  'command-output': commandOutput,
});

/** @param {Readonly<Record<string, readonly import('./case.mjs').Case[]>>} all @returns {Readonly<Record<string, readonly import('./case.mjs').Case[]>>} */
function withKnown(all) {
  return Object.fromEntries(
    Object.entries(all).map(([family, cases]) => [
      family,
      cases.map((one) => {
        const wrong = known[family]?.[one.name];
        return wrong === undefined ? one : { ...one, known: wrong };
      }),
    ]),
  );
}
