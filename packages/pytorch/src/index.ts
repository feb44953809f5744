export { type Checkpoint, type CheckpointOptions, readCheckpoint } from './read-checkpoint.ts';
