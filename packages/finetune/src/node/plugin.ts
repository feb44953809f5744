import { predictionSheet, type SheetCell } from '@graft/augment/node';
import { fileOpener } from '@graft/data';
import { diskFile, fileFeatureStore } from '@graft/data/node';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { featureStores } from '../run-phases.ts';
import { type RunArtifact, runArtifact } from '../run-artifact.ts';
import { modelOpener } from '../services.ts';
import { openOnDisk } from './open-network.ts';

/** Examples that are looked at, wrong ones that are shown first, and all that are shown. */
const [looked, wrongShown, shown] = [240, 8, 24];

/** `predictions.png`: held-out examples with predictions, wrong ones first. */
const predictions: RunArtifact = {
  name: 'predictions.png',
  async write({ run: { examples, names }, objective }) {
    const told = examples
      .slice(0, looked)
      .map((example) => ({ example, verdict: objective.verdict(example.values, example.label, names) }));
    const wrong = told.filter(({ verdict }) => verdict.correct === false).slice(0, wrongShown);
    const chosen = [...wrong, ...told.filter(({ verdict }) => verdict.correct !== false)].slice(0, shown);
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

/** What `@graft/finetune/node` adds to an app: models and files on disk, features cached in folders, and a sheet of predictions. */
const onNode: Plugin = definePlugin({
  name: '@graft/finetune/node',
  apiVersion,
  requires: ['@graft/tasks'],
  contributes: [runArtifact(predictions)],
  setup(app) {
    app
      .provide(modelOpener, (model, context) => openOnDisk(app, model, context))
      .provide(fileOpener, (path) => diskFile(path))
      .provide(featureStores, (folder) => fileFeatureStore(folder));
  },
});
export default onNode;
