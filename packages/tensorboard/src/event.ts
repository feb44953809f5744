import protobuf from 'protobufjs/light.js';

const field = (type: string, id: number): protobuf.IField => ({ type, id });
const repeated = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });

/** The subset of TensorBoard's messages (event.proto, summary.proto, tensor.proto) that this package writes, with their field numbers. */
const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: field('double', 1),
        step: field('int64', 2),
        fileVersion: field('string', 3),
        summary: field('Summary', 5),
      },
    },
    Summary: { fields: { value: repeated('Value', 1) } },
    Value: {
      fields: {
        tag: field('string', 1),
        simpleValue: field('float', 2),
        image: field('Image', 4),
        histo: field('Histogram', 5),
        tensor: field('TensorProto', 8),
        metadata: field('Metadata', 9),
      },
    },
    Image: {
      fields: {
        height: field('int32', 1),
        width: field('int32', 2),
        colorspace: field('int32', 3),
        encodedImageString: field('bytes', 4),
      },
    },
    Histogram: {
      fields: {
        min: field('double', 1),
        max: field('double', 2),
        num: field('double', 3),
        sum: field('double', 4),
        sumSquares: field('double', 5),
        bucketLimit: { ...repeated('double', 6), options: { packed: true } },
        bucket: { ...repeated('double', 7), options: { packed: true } },
      },
    },
    TensorProto: {
      fields: { dtype: field('int32', 1), tensorShape: field('TensorShape', 2), tensorContent: field('bytes', 4) },
    },
    TensorShape: { fields: { dim: repeated('Dim', 2) } },
    Dim: { fields: { size: field('int64', 1) } },
    Metadata: { fields: { pluginData: field('PluginData', 1) } },
    PluginData: { fields: { pluginName: field('string', 1), content: field('bytes', 2) } },
    PrCurveData: { fields: { version: field('int32', 1), numThresholds: field('uint32', 2) } },
  },
});

/** A histogram in TensorBoard's format. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The upper end of each bucket. */
  readonly bucketLimit: readonly number[];
  /** The count of each bucket. */
  readonly bucket: readonly number[];
}

/** A value of one tag. */
export interface SummaryValue {
  readonly tag: string;
  readonly simpleValue?: number;
  /** An image, as PNG. */
  readonly image?: {
    readonly height: number;
    readonly width: number;
    readonly colorspace: number;
    readonly encodedImageString: Uint8Array;
  };
  readonly histo?: Histogram;
  readonly tensor?: {
    readonly dtype: number;
    readonly tensorShape: { readonly dim: readonly { readonly size: number }[] };
    readonly tensorContent: Uint8Array;
  };
  readonly metadata?: { readonly pluginData: { readonly pluginName: string; readonly content: Uint8Array } };
}

export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** The version, in the first event of a file: `brain.Event:2`. */
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly SummaryValue[] };
}

export const encodeEvent = (event: Event): Uint8Array => root.lookupType('Event').encode(event).finish();

/** Encodes metadata for TensorBoard's plugin for precision–recall curves. */
export const prCurveData = (numThresholds: number): Uint8Array =>
  root.lookupType('PrCurveData').encode({ version: 0, numThresholds }).finish();
