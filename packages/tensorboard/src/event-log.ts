import type { Storage } from '@graft/storage';
import { encodeEvent, prCurveData, type SummaryValue } from './event.ts';
import { histogramOf } from './histogram.ts';
import { encodeRecord } from './record.ts';

/** TensorBoard's code for float32. */
const float32 = 1;

/** Options of an {@link EventLog}. */
export interface EventLogOptions {
  /** Where to write the file. */
  readonly storage: Storage;
  /** Folder within the storage; TensorBoard shows each folder as a run. */
  readonly folder?: string;
  /** A clock in milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Writes an event file for TensorBoard: `events.out.tfevents.<seconds>.graft`, with a number appended if another log started in the same second. Values are
 * buffered until {@link EventLog.flush} rewrites the file atomically. Tags may contain slashes: TensorBoard groups charts by the part before the first one.
 */
export class EventLog {
  readonly #storage: Storage;
  #path: string;
  readonly #now: () => number;
  #content: Uint8Array[];
  #flushed = 0;

  constructor({ storage, folder = '', now = Date.now }: EventLogOptions) {
    this.#storage = storage;
    this.#now = now;
    this.#path = `${folder && `${folder}/`}events.out.tfevents.${String(Math.floor(now() / 1000)).padStart(10, '0')}.graft`;
    this.#content = [encodeRecord(encodeEvent({ wallTime: now() / 1000, fileVersion: 'brain.Event:2' }))];
  }

  /** Logs a number at a step. */
  scalar(tag: string, value: number, step: number): void {
    this.#add({ tag, simpleValue: value }, step);
  }

  /** Logs a histogram of numbers at a step. */
  histogram(tag: string, values: ArrayLike<number>, step: number): void {
    this.#add({ tag, histo: histogramOf(values) }, step);
  }

  /** Logs an image at a step. @param png a PNG file @throws if it is not a PNG */
  image(tag: string, png: Uint8Array, step: number): void {
    const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
    if (png.length < 33 || view.getUint32(0) !== 0x89504e47)
      throw new Error(`The image "${tag}" is not a PNG. Encode it as PNG.`);
    const channels = [1, 0, 3, 3, 2, 0, 4][png[25]!] ?? 3; // by the PNG's colour type; a palette counts as RGB
    this.#add(
      {
        tag,
        image: { width: view.getUint32(16), height: view.getUint32(20), colorspace: channels, encodedImageString: png },
      },
      step,
    );
  }

  /**
   * Logs a precision–recall curve at a step.
   * @param positive whether each sample belongs to the class
   * @param scores the model's confidence in the class, from 0 to 1
   */
  prCurve(
    tag: string,
    positive: ArrayLike<boolean | number>,
    scores: ArrayLike<number>,
    step: number,
    thresholds = 127,
  ): void {
    if (positive.length !== scores.length)
      throw new Error(
        `The curve "${tag}" has ${positive.length} labels and ${scores.length} scores. Pass one of each per sample.`,
      );
    const [hits, misses] = [new Float64Array(thresholds), new Float64Array(thresholds)];
    for (let i = 0; i < scores.length; i++) {
      const bin = Math.max(0, Math.min(thresholds - 1, Math.floor(scores[i]! * (thresholds - 1))));
      (positive[i] ? hits : misses)[bin]!++;
    }
    // Cumulative counts at or above each threshold.
    for (const counts of [hits, misses]) for (let i = thresholds - 2; i >= 0; i--) counts[i]! += counts[i + 1]!;
    const [positives, negatives] = [hits[0]!, misses[0]!];
    const rows = [
      hits,
      misses,
      misses.map((n) => negatives - n),
      hits.map((n) => positives - n),
      hits.map((n, i) => n / Math.max(1e-7, n + misses[i]!)),
      hits.map((n) => n / Math.max(1e-7, positives)),
    ];
    const values = new Float32Array(rows.flatMap((row) => [...row]));
    this.#add(
      {
        tag,
        metadata: { pluginData: { pluginName: 'pr_curves', content: prCurveData(thresholds) } },
        tensor: {
          dtype: float32,
          tensorShape: { dim: [{ size: rows.length }, { size: thresholds }] },
          tensorContent: new Uint8Array(values.buffer),
        },
      },
      step,
    );
  }

  /** Writes everything logged since the last flush. */
  async flush(): Promise<void> {
    if (this.#flushed === this.#content.length) return;
    const whole = new Uint8Array(this.#content.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#content) {
      whole.set(part, at);
      at += part.length;
    }
    // A run resumed within the same second must not overwrite its earlier file.
    for (let number = 2, first = this.#path; !this.#flushed && (await this.#storage.exists(this.#path)); number++)
      this.#path = `${first}.${number}`;
    await this.#storage.write(this.#path, whole);
    this.#content = [whole];
    this.#flushed = 1;
  }

  #add(value: SummaryValue, step: number): void {
    this.#content.push(encodeRecord(encodeEvent({ wallTime: this.#now() / 1000, step, summary: { value: [value] } })));
  }
}
