import { type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { Markup } from './markup.ts';
import type { ReportedRun } from './reported-run.ts';

/** A section of a run's report. Its name becomes the anchor on the page. */
export interface ReportSection extends Named {
  readonly title: string;
  /** One sentence below the title that says how to read it. */
  readonly lead?: string;
  /** Where it stands: smaller numbers come first. Standard sections have 10 (learning curves) to 90 (this run). */
  readonly order: number;
  /** Draws it; nothing where the run has nothing to show. */
  render(run: ReportedRun): Promise<Markup | undefined> | Markup | undefined;
}

/** Sections of reports, by name. */
export const reportSection: ExtensionPoint<ReportSection> = extensionPoint(
  'report section',
  'report.html of every run',
);
