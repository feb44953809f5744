import { predictionSheet, type SheetCell } from '@graft/augment/node';
import { fileOpener } from '@graft/data';
import { diskFile, fileFeatureStore } from '@graft/data/node';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { featureStores } from '../run-phases.ts';
import { type RunArtifact, runArtifact } from '../run-artifact.ts';
import { modelOpener, weightsOpener } from '../services.ts';
import { openOnDisk, readWeightsOnDisk } from './open-network.ts';

/** Number of examples considered, of wrong ones shown first, and of all shown. */
const [considered, wrongShown, shown] = [240, 8, 24];

/** `predictions.png`: held-out examples with predictions, wrong ones first. */
const predictions: RunArtifact = {
  name: 'predictions.png',
  async write({ run: { examples, names }, objective }) {
    const judged = examples
      .slice(0, considered)
      .map((example) => ({ example, verdict: objective.verdict(example.values, example.label, names) }));
    const wrong = judged.filter(({ verdict }) => verdict.correct === false).slice(0, wrongShown);
    const chosen = [...wrong, ...judged.filter(({ verdict }) => verdict.correct !== false)].slice(0, shown);
    const cells = await Promise.all(
      chosen.map(async ({ example, verdict }): Promise<SheetCell | undefined> => {
        const picture = (await example.show())?.picture;
        return picture && { picture: picture.bytes, ...verdict };
      }),
    );
    const pictures = cells.filter((cell) => cell !== undefined);
    return pictures.length ? predictionSheet(pictures) : undefined; // texts have none
  },
};

/** The plugin of `@graft/finetune/node`: models and files on disk, feature caches in folders, and `predictions.png`. */
const onNode: Plugin = definePlugin({
  name: '@graft/finetune/node',
  apiVersion,
  requires: ['@graft/tasks'],
  contributes: [runArtifact(predictions)],
  setup(app) {
    app
      .provide(modelOpener, (model, context) => openOnDisk(app, model, context))
      .provide(weightsOpener, (weights, context) => readWeightsOnDisk(app, weights, context))
      .provide(fileOpener, (path) => diskFile(path))
      .provide(featureStores, (folder) => fileFeatureStore(folder));
  },
});
export default onNode;
