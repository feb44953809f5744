import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { metric } from './metric.ts';
import { accuracy } from './metrics/accuracy.ts';
import { balancedAccuracy } from './metrics/balanced-accuracy.ts';
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
    metric(configurable('accuracy', accuracy<number>, { top: 'integer' })),
    metric(configurable('balancedAccuracy', balancedAccuracy, {})),
    metric(configurable('precision', precision<ClassScoreOptions>, { average: 'any', ignoreIndex: 'integer' })),
    metric(configurable('recall', recall<ClassScoreOptions>, { average: 'any', ignoreIndex: 'integer' })),
    metric(configurable('f1', f1<ClassScoreOptions>, { average: 'any', ignoreIndex: 'integer' })),
    metric(configurable('meanIou', meanIou<ClassScoreOptions>, { average: 'any', ignoreIndex: 'integer' })),
    metric(configurable('meanDice', meanDice<ClassScoreOptions>, { average: 'any', ignoreIndex: 'integer' })),
    metric(configurable('rocAuc', rocAuc, {})),
    metric(configurable('averagePrecision', averagePrecision, {})),
    metric(configurable('multiLabelF1', multiLabelF1<'macro' | 'micro'>, { average: 'string' })),
    metric(configurable('meanAveragePrecision', meanAveragePrecision, {})),
    metric(configurable('exactMatch', exactMatch, {})),
    metric(configurable('expectedCalibrationError', expectedCalibrationError, { bins: 'integer' })),
    metric(configurable('meanAbsoluteError', meanAbsoluteError, {})),
    metric(configurable('rootMeanSquaredError', rootMeanSquaredError, {})),
    metric(configurable('meanAbsolutePercentageError', meanAbsolutePercentageError, {})),
    metric(configurable('r2', r2, {})),
    preparation(configurable('mixup', mixup, { classes: 'integer', alpha: 'number', probability: 'number' })),
    preparation(configurable('cutmix', cutmix, { classes: 'integer', alpha: 'number', probability: 'number' })),
  ],
});
export default plugin;
