import type { RunOptions } from '../run/run-options.ts';

/** What only a configuration can say. */
const configured: ReadonlySet<string> = new Set([
  'optimizer',
  'schedule',
  'loss',
  'head',
  'transforms',
  'callbacks',
  'prepare',
] satisfies (keyof RunOptions)[]);

/** The command that does a run again, quoted for a shell: each option that was given, or the file to write first where options have no flag. */
export function commandOf(options: Partial<RunOptions>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  if (given.some(([name]) => configured.has(name)))
    return `echo ${quoted(JSON.stringify(Object.fromEntries(given)))} > graft.config.json && graft finetune --config graft.config.json`;
  const parts = given.flatMap(([name, value]) => {
    if (name === 'plugins') return (value as readonly string[]).flatMap((one) => ['--plugin', quoted(one)]);
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true
      ? [flag]
      : [flag, quoted(Array.isArray(value) ? value.join(',') : String(value as string | number))];
  });
  return ['graft finetune', ...parts].join(' ');
}

/** A word of a command line, whatever is in it. */
export const quoted = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
