import { ReduceOnPlateau, type ReduceOnPlateauOptions } from '@graft/optimizers';
import type { Callback } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** As of the schedule, but `least` is a share of the optimizer's own learning rate. */
export type PlateauOptions = Omit<ReduceOnPlateauOptions, 'from' | 'mode'> & Pick<MonitorOptions, 'monitor' | 'mode'>;

/** Multiplies the optimizer's learning rate, whatever its schedule, by `factor` when a number of the epochs' log gets no better for more than `patience` epochs, and warns; as PyTorch's `ReduceLROnPlateau`. */
export function reduceOnPlateau({ monitor: name, mode, ...options }: PlateauOptions = {}): Callback {
  const monitor = new Monitor({ ...(name !== undefined && { monitor: name }), ...(mode && { mode }) });
  const make = (mode: 'min' | 'max'): ReduceOnPlateau => new ReduceOnPlateau({ ...options, from: 1, mode });
  let plateau: ReduceOnPlateau | undefined;
  let saved = make(mode ?? 'min').save(); // refuses what is out of range before a run
  return {
    name: 'reduceOnPlateau',
    beforeFit(state) {
      monitor.check(state, 'reduceOnPlateau');
      state.optimizer.learningRateScale = saved.rate;
    },
    afterEpoch(state) {
      const { name, value, mode } = monitor.watched(state);
      if (!plateau) {
        plateau = make(mode); // which way is better is known now
        plateau.restore(saved);
      }
      plateau.observe(value);
      const before = saved.rate;
      saved = plateau.save();
      if (saved.rate < before)
        state.warn(
          `The ${name} is no better than ${saved.best!.toPrecision(3)}: the learning rate goes down to ${(100 * saved.rate).toPrecision(3)} % of its schedule.`,
        );
      state.optimizer.learningRateScale = saved.rate;
    },
    save: () => saved,
    restore(from) {
      const { rate, best, bad, cooling } = (from ?? {}) as typeof saved;
      if (!(rate >= 0 && rate <= 1) || ![bad, cooling].every(Number.isFinite))
        throw new Error('The saved state of reduceOnPlateau has no rate. It belongs to another callback.');
      [saved, plateau] = [{ rate, best, bad, cooling }, undefined];
    },
  };
}
