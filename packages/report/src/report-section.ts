import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Markup } from './markup.ts';
import type { ReportedRun } from './reported-run.ts';

/** A section of a run's report. Its name is the anchor on the page. */
export interface ReportSection extends Named {
  readonly title: string;
  /** One sentence below the title that explains how to read the section. */
  readonly lead?: string;
  /** Sections are sorted by this number. The standard ones use 10 (learning curves) to 90 (about this run). */
  readonly order: number;
  /** Renders the section; undefined if the run has nothing to show. */
  render(run: ReportedRun): Promise<Markup | undefined> | Markup | undefined;
}

/** The extension point for report sections. */
export const reportSection: ExtensionPoint<ReportSection> = extensionPoint(
  'report section',
  'report.html of every run',
);
