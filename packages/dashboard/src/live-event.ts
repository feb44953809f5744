import type { EpochLog } from '@graft/train';

/** An event that the dashboard shows. Includes all events of a fine-tuning run. */
export type LiveEvent =
  /** One sentence about the current stage. */
  | { readonly type: 'status'; readonly message: string }
  /** A warning in one sentence. */
  | { readonly type: 'warning'; readonly message: string }
  /** Progress of a stage, such as `reading images`: 12 of 40. */
  | { readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  /** Progress of a download, in bytes. */
  | { readonly type: 'download'; readonly what: string; readonly done: number; readonly total: number | undefined }
  /** The start of a training phase. */
  | { readonly type: 'phase'; readonly phase: string }
  /** The end of an epoch. */
  | { readonly type: 'epoch'; readonly phase: string; readonly log: EpochLog };
