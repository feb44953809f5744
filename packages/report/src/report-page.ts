import { type Markup, markup } from './markup.ts';
import type { ReportedRun } from './reported-run.ts';
import type { ReportSection } from './report-section.ts';
import { sourceOf, style } from './style.ts';

/** A report page. */
export interface ReportPage {
  readonly html: string;
  /** One sentence for each section that could not be rendered. */
  readonly problems: readonly string[];
}

/**
 * Renders a run's report as one self-contained HTML file without scripts. If a section throws, it is omitted and listed in `problems`. If two sections have the
 * same name, the later one is used.
 * @param headline the main result, shown below the title
 */
export async function reportPage(
  run: ReportedRun,
  headline: Markup,
  sections: readonly ReportSection[],
): Promise<ReportPage> {
  const problems: string[] = [];
  const drawn: { readonly section: ReportSection; readonly body: Markup }[] = [];
  const byName = new Map(sections.map((section) => [section.name, section]));
  for (const section of [...byName.values()].sort((a, b) => a.order - b.order)) {
    try {
      const body = await section.render(run);
      if (body) drawn.push({ section, body });
    } catch (error) {
      problems.push(
        `The report omits the section "${section.title}", because rendering it failed: ${(error as Error).message}`,
      );
    }
  }
  const html = markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; media-src data:; style-src ${await sourceOf(style)}"><meta name="referrer" content="no-referrer">
<title>${run.title}</title><style>${style}</style></head><body><header><h1>${run.title}</h1>
<p class="score">${headline}</p>
<nav aria-label="Sections">${drawn.map(({ section: { name, title } }) => markup`<a href="#${name}">${title}</a> `)}</nav></header><main>${drawn.map(({ section, body }) => framed(section, body))}</main></body></html>`;
  return { html: `<!doctype html>\n${html}\n`, problems };
}

const framed = ({ name, title, lead }: ReportSection, body: Markup): Markup =>
  markup`<section aria-labelledby="${name}"><h2 id="${name}">${title}</h2>${lead === undefined ? '' : markup`<p class="lead">${lead}</p>`}${body}</section>`;
