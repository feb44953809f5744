// @ts-check
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const elsewhere = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The message if there is none. */
export const noChromium = 'Chromium was not found (set CHROMIUM=path)';

/** The browser in CHROMIUM, otherwise the first one found in the usual locations. @returns {string | undefined} */
export function findChromium() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/bin'];
  return [
    process.env['CHROMIUM'],
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    elsewhere,
  ].find((path) => path && existsSync(path));
}
