export type { Histogram } from './event.ts';
export { EventLog, type EventLogOptions } from './event-log.ts';
export { histogramOf } from './histogram.ts';
export { default, default as tensorboardPlugin } from './plugin.ts';
export { tensorBoard, type TensorBoardOptions } from './tensor-board.ts';
