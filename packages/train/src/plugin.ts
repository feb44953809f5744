import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { metric } from './metric.ts';
import { accuracy } from './metrics/accuracy.ts';
import { expectedCalibrationError } from './metrics/calibration.ts';
import { type ClassScoreOptions, f1, meanDice, meanIou, precision, recall } from './metrics/class-scores.ts';
import { exactMatch, meanAveragePrecision, multiLabelF1 } from './metrics/multi-label.ts';
import { averagePrecision, rocAuc } from './metrics/ranking.ts';
import { meanAbsoluteError, meanAbsolutePercentageError, r2, rootMeanSquaredError } from './metrics/regression.ts';
import { cutmix, mixup } from './mixed-batches.ts';
import { preparation } from './prepare.ts';

/** Everything `@graft/train` contributes to an app. */
const plugin: Plugin = definePlugin({
  name: '@graft/train',
  apiVersion,
  contributes: [
    metric(configurable('accuracy', accuracy<number>, ['top'])),
    metric(configurable('precision', precision<ClassScoreOptions>, ['average', 'ignoreIndex'])),
    metric(configurable('recall', recall<ClassScoreOptions>, ['average', 'ignoreIndex'])),
    metric(configurable('f1', f1<ClassScoreOptions>, ['average', 'ignoreIndex'])),
    metric(configurable('meanIou', meanIou<ClassScoreOptions>, ['average', 'ignoreIndex'])),
    metric(configurable('meanDice', meanDice<ClassScoreOptions>, ['average', 'ignoreIndex'])),
    metric(configurable('rocAuc', rocAuc, [])),
    metric(configurable('averagePrecision', averagePrecision, [])),
    metric(configurable('multiLabelF1', multiLabelF1<'macro' | 'micro'>, ['average'])),
    metric(configurable('meanAveragePrecision', meanAveragePrecision, [])),
    metric(configurable('exactMatch', exactMatch, [])),
    metric(configurable('expectedCalibrationError', expectedCalibrationError, ['bins'])),
    metric(configurable('meanAbsoluteError', meanAbsoluteError, [])),
    metric(configurable('rootMeanSquaredError', rootMeanSquaredError, [])),
    metric(configurable('meanAbsolutePercentageError', meanAbsolutePercentageError, [])),
    metric(configurable('r2', r2, [])),
    preparation(configurable('mixup', mixup, ['classes', 'alpha', 'probability'])),
    preparation(configurable('cutmix', cutmix, ['classes', 'alpha', 'probability'])),
  ],
});
export default plugin;
