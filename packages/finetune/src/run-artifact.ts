import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { ReportedRun } from '@graft/report';
import type { Objective } from '@graft/tasks';

/** The finished run that an artifact is written for. */
export interface ArtifactContent {
  readonly run: ReportedRun;
  readonly objective: Objective;
}

/** An additional file of each finished run, such as `predictions.png`. Its `name` is the file name. If it fails, the run continues with a warning. */
export interface RunArtifact extends Named {
  /** @returns the file's content, or undefined to write none */
  write(content: ArtifactContent, context: Context): Promise<Uint8Array | string | undefined>;
}

/** Additional files of finished runs, by file name. */
export const runArtifact: ExtensionPoint<RunArtifact> = extensionPoint(
  'run artifact',
  'the files of every finished run',
);
