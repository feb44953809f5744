import type { EpochLog } from '@graft/train';

/** `loss 0.412 · validation accuracy 93.5 %`: an epoch's numbers for people. */
export function describeLog(log: EpochLog): string {
  return Object.entries(log)
    .filter(([name]) => name !== 'epoch')
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${/accuracy/i.test(name) ? `${(100 * value).toFixed(1)} %` : value.toPrecision(3)}`)
    .join(' · ');
}
