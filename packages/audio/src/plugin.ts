import { transform } from '@graft/data';
import { apiVersion, configurable, definePlugin, type Plugin } from '@graft/plugin';
import { audioDecoder, wavDecoder } from './audio-decoder.ts';
import { frequencyMask, gain, timeMask, timeShift, whiteNoise } from './wave-transforms.ts';

const modality = 'sound';

/** What `@graft/audio` adds to an app: the decoder of WAV files, and transforms of sounds. */
const audio: Plugin = definePlugin({
  name: '@graft/audio',
  apiVersion,
  requires: ['@graft/data'],
  contributes: [
    audioDecoder(wavDecoder),
    transform({ ...configurable('timeShift', timeShift, { share: 'number' }), modality }),
    transform({ ...configurable('gain', gain, { decibels: 'numbers' }), modality }),
    transform({ ...configurable('whiteNoise', whiteNoise, { decibels: 'numbers' }), modality }),
    transform({ ...configurable('timeMask', timeMask, { share: 'number', count: 'number' }), modality }),
    transform({ ...configurable('frequencyMask', frequencyMask, { share: 'number' }), modality }),
  ],
});
export default audio;
