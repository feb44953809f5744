import type { EpochLog } from '@graft/train';

/** A warning, and the part of the run it comes from. */
export interface RunWarning {
  readonly message: string;
  /** A callback's name, or the stage: `data`, `model`, `report`. */
  readonly source: string;
}

/** What a run tells while it goes on. */
export type RunEvent =
  /** One sentence about what happens now. */
  | { readonly type: 'status'; readonly message: string }
  /** Something the user should know; it is also part of the result. */
  | ({ readonly type: 'warning' } & RunWarning)
  /** `reading images`: 12 of 40. */
  | { readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  /** Bytes of a model that is downloaded. */
  | { readonly type: 'download'; readonly what: string; readonly done: number; readonly total: number | undefined }
  /** A phase of training begins. */
  | { readonly type: 'phase'; readonly phase: string; readonly epochs: number }
  /** An epoch of a phase has ended. */
  | { readonly type: 'epoch'; readonly phase: string; readonly epoch: number; readonly log: EpochLog };

/** Hears what a run tells. */
export type RunListener = (event: RunEvent) => void;
