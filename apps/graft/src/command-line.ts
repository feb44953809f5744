import { type RunOptions, shellWord } from '@graft/finetune';

/** Options without a flag. */
const configured: ReadonlySet<string> = new Set([
  'optimizer',
  'schedule',
  'loss',
  'head',
  'initializer',
  'metrics',
  'transforms',
  'callbacks',
  'prepare',
] satisfies (keyof RunOptions)[]);

/** The command that repeats a run, quoted for the shell of this machine. If some options have no flag, it starts with a configuration to save. */
export function commandOf(options: Partial<RunOptions>, platform: string = process.platform): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  if (
    given.some(
      ([name, value]) =>
        configured.has(name) || ((name === 'task' || name === 'modality') && typeof value !== 'string'),
    )
  )
    return `Save this as graft.config.json:\n${JSON.stringify(Object.fromEntries(given), null, 2)}\n\ngraft finetune --config graft.config.json`;
  const parts = given.flatMap(([name, value]) => {
    if (name === 'plugins')
      return (value as readonly string[]).flatMap((one) => ['--plugin', shellWord(one, platform)]);
    if (name === 'inputs')
      return Object.entries(value as NonNullable<RunOptions['inputs']>).flatMap(([input, one]) => [
        '--input',
        shellWord(`${input}=${String(one)}`, platform),
      ]);
    if (name === 'size' && typeof value === 'object' && 'height' in value)
      return ['--size', `${value.height}x${value.width}`];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true
      ? [flag]
      : [flag, shellWord(Array.isArray(value) ? value.join(',') : String(value as string | number), platform)];
  });
  return ['graft finetune', ...parts].join(' ');
}
