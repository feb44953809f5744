import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { ReportedRun } from '@graft/report';
import type { Objective } from '@graft/tasks';

/** What a file of a finished run is made from. */
export interface ArtifactContent {
  readonly run: ReportedRun;
  readonly objective: Objective;
}

/** A file that each finished run writes, such as a sheet of predictions; its name is the file's. One that fails is a warning. */
export interface RunArtifact extends Named {
  /** @returns the file's content, or undefined to write none */
  write(content: ArtifactContent, context: Context): Promise<Uint8Array | string | undefined>;
}

/** Files of finished runs, by name. */
export const runArtifact: ExtensionPoint<RunArtifact> = extensionPoint(
  'run artifact',
  'the files of every finished run',
);
