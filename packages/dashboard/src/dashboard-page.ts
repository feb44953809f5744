import { Markup, markup, sourceOf, style } from '@graft/report';
import { dashboardStyle } from './dashboard-style.ts';

/** The content security policy of the page and the report: resources of this server and the two inline styles. */
export const dashboardPolicy = async (): Promise<string> =>
  `default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src ${await sourceOf(style)} ${await sourceOf(dashboardStyle)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const sections: readonly (readonly [id: string, name: string])[] = [
  ['learning', 'Learning'],
  ['scores', 'Scores'],
  ['hardest', 'Hardest examples'],
  ['warnings', 'Warnings'],
];

/** Renders the whole page from its parts. Empty sections are hidden. */
export const dashboardPage = (title: string, parts: Readonly<Record<string, string>>): string =>
  `<!doctype html>\n${markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${title}</title><link rel="icon" href="data:,"><style>${style}</style><style>${dashboardStyle}</style></head><body>
<header><h1>${title}</h1><button id="pause" type="button">Pause</button><a id="report" class="button" target="_blank" hidden>Open the report</a></header>
<p id="stage">${part(parts, 'stage')}</p><p id="connection" role="status"></p>
<main><dl id="now" class="tiles">${part(parts, 'now')}</dl>
${sections.map(([id, name]) => markup`<section aria-labelledby="${id}-heading"${new Markup(parts[id] ? '' : ' hidden')}><h2 id="${id}-heading">${name}</h2><div id="${id}" class="${id === 'learning' ? 'charts' : ''}">${part(parts, id)}</div></section>`)}</main>
<noscript><p>Reload the page to update it.</p></noscript><script src="live.js" defer></script></body></html>`}\n`;

const part = (parts: Readonly<Record<string, string>>, id: string): Markup => new Markup(parts[id] ?? '');
