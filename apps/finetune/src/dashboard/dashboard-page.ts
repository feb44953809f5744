import { Markup, markup } from '../report/markup.ts';
import { sourceOf, style } from '../report/style.ts';
import { dashboardStyle } from './dashboard-style.ts';

/** What the page and the report that it opens may load: this server, and the two styles. */
export const dashboardPolicy = `default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src ${sourceOf(style)} ${sourceOf(dashboardStyle)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const headings = (answers: string): readonly (readonly [id: string, name: string])[] => [
  ['learning', 'Learning'],
  ['classes', answers],
  ['hardest', 'Hardest images'],
  ['warnings', 'Warnings'],
];

/** The whole page, with its parts as they are now. @param answers what each of the model's answers is of, as a heading */
export const dashboardPage = (title: string, answers: string, parts: Readonly<Record<string, string>>): string =>
  `<!doctype html>\n${markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${title}</title><link rel="icon" href="data:,"><style>${style}</style><style>${dashboardStyle}</style></head><body>
<header><h1>${title}</h1><button id="pause" type="button">Pause</button><a id="report" class="button" target="_blank" hidden>Open the report</a></header>
<p id="stage">${part(parts, 'stage')}</p><p id="connection" role="status"></p>
<main><dl id="now" class="tiles">${part(parts, 'now')}</dl>
${headings(answers).map(([id, name]) => markup`<section aria-labelledby="${id}-heading"><h2 id="${id}-heading">${name}</h2><div id="${id}" class="${id === 'learning' ? 'charts' : ''}">${part(parts, id)}</div></section>`)}</main>
<noscript><p>Without scripts the page stays as it is: load it again.</p></noscript><script src="live.js" defer></script></body></html>`}\n`;

const part = (parts: Readonly<Record<string, string>>, id: string): Markup => new Markup(parts[id] ?? '');
