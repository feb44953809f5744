import { type EpochLog, validationName } from '@graft/train';
import type { Task } from '../task/task.ts';
import { lineChart, type Series } from './charts.ts';
import type { Markup } from './markup.ts';

/** Loss and the task's metrics of each epoch, on what is learned from and on what is held back, as far as the log has them. */
export function curves(log: readonly EpochLog[], { titles, shares }: Pick<Task, 'titles' | 'shares'>): Markup[] {
  const chart = (name: string, title: string, percent: boolean): Markup[] => {
    const series = [name, validationName(name)].flatMap((one, look): Series[] =>
      log.some((epoch) => one in epoch)
        ? [
            {
              name: look ? 'validation' : 'training',
              look: look as 0 | 1,
              values: log.map((epoch) => epoch[one] ?? Number.NaN),
            },
          ]
        : [],
    );
    return series.length ? [lineChart(title, series, { percent })] : [];
  };
  return [
    ...chart('loss', 'Loss', false),
    ...Object.entries(titles).flatMap(([name, title]) => chart(name, capitalised(title), shares)),
  ];
}

const capitalised = (title: string): string => title[0]!.toUpperCase() + title.slice(1);
