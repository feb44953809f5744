// @ts-check
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const elsewhere = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** What to say where there is none. */
export const noChromium = 'there is no Chromium here (CHROMIUM=path names one)';

/** The browser that CHROMIUM names, else the first one where systems keep them. @returns {string | undefined} */
export function findChromium() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/bin'];
  return [
    process.env['CHROMIUM'],
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    elsewhere,
  ].find((path) => path && existsSync(path));
}
