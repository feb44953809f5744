/** The command that does a run again: each option that was given, quoted for a shell where it must be. */
export function commandOf(options: Readonly<Record<string, unknown>> | object): string {
  const parts = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false || name === 'out' || name === 'json') return [];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, quoted(Array.isArray(value) ? value.join(',') : String(value))];
  });
  return ['graft finetune', ...parts].join(' ');
}

const quoted = (text: string): string => (/^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
