import type { EpochLog } from '@graft/train';

/** A warning and its source. */
export interface RunWarning {
  readonly message: string;
  /** A callback's name, or the stage: `data`, `model`, `report`. */
  readonly source: string;
}

/** An event of a run in progress. */
export type RunEvent =
  /** What the run is doing now, in one sentence. */
  | { readonly type: 'status'; readonly message: string }
  /** A warning, which is also part of the result. */
  | ({ readonly type: 'warning' } & RunWarning)
  /** For example `reading images`: 12 of 40. */
  | { readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  /** Downloaded bytes of a model. */
  | { readonly type: 'download'; readonly what: string; readonly done: number; readonly total: number | undefined }
  /** A phase of training begins. */
  | { readonly type: 'phase'; readonly phase: string; readonly epochs: number }
  /** An epoch of a phase has ended. */
  | { readonly type: 'epoch'; readonly phase: string; readonly epoch: number; readonly log: EpochLog };

/** Receives the events of a run. */
export type RunListener = (event: RunEvent) => void;
