import { ReduceOnPlateau, type ReduceOnPlateauOptions } from '@graft/optimizers';
import type { Callback } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** Options of {@link reduceOnPlateau}, as for the schedule of that name, except that `least` is a fraction of the optimizer's learning rate. */
export type PlateauOptions = Omit<ReduceOnPlateauOptions, 'from' | 'mode'> & Pick<MonitorOptions, 'monitor' | 'mode'>;

/** Multiplies the optimizer's learning rate by `factor`, on top of any schedule, when the monitored number has not improved for more than `patience` epochs, and warns. Works like PyTorch's `ReduceLROnPlateau`. */
export function reduceOnPlateau({ monitor: name, mode, ...options }: PlateauOptions = {}): Callback {
  const monitor = new Monitor({ ...(name !== undefined && { monitor: name }), ...(mode && { mode }) });
  const make = (mode: 'min' | 'max'): ReduceOnPlateau => new ReduceOnPlateau({ ...options, from: 1, mode });
  let plateau: ReduceOnPlateau | undefined;
  let saved = make(mode ?? 'min').save(); // also checks the options before a run
  return {
    name: 'reduceOnPlateau',
    beforeFit(state) {
      monitor.check(state, 'reduceOnPlateau');
      state.optimizer.learningRateScale = saved.rate;
    },
    afterEpoch(state) {
      const { name, value, mode } = monitor.watched(state);
      if (!plateau) {
        plateau = make(mode); // the direction is known only now
        plateau.restore(saved);
      }
      plateau.observe(value);
      const before = saved.rate;
      saved = plateau.save();
      if (saved.rate < before)
        state.warn(
          `${name} has not improved on ${saved.best!.toPrecision(3)}: the learning rate is reduced to ${(100 * saved.rate).toPrecision(3)} % of its schedule.`,
        );
      state.optimizer.learningRateScale = saved.rate;
    },
    save: () => saved,
    restore(from) {
      const { rate, best, bad, cooling } = (from ?? {}) as typeof saved;
      if (!(rate >= 0 && rate <= 1) || ![bad, cooling].every(Number.isFinite))
        throw new Error('The saved state of reduceOnPlateau is not valid. Use a checkpoint saved with this callback.');
      [saved, plateau] = [{ rate, best, bad, cooling }, undefined];
    },
  };
}
