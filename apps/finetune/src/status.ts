/** Says on stderr what is going on, so that stdout is the result's alone; silent with --json. */
export interface Status {
  say(text: string): void;
}
export const status = (json: boolean | undefined): Status => ({ say: (text) => void (json || process.stderr.write(`${text}\n`)) });

/** `12.3 s` or `2 min 5 s`. */
export const duration = (seconds: number): string => (seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`);

/** `93.5 %`. */
export const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
