import { expect, test } from 'vitest';
import { cardOf, cards } from './cards.ts';

const example = { name: 'a "<b>".wav', values: new Float32Array(), label: 0 };

test('a sound is shown with its picture, and can be played', async () => {
  const card = await cardOf(
    {
      ...example,
      show: async () => ({
        picture: { bytes: Uint8Array.of(1), type: 'image/png' },
        recording: { bytes: Uint8Array.of(82, 73), type: 'audio/wav' },
      }),
    },
    'yes',
  );
  const html = String(cards([card]));
  expect(html).toContain('<img src="data:image/png;base64,AQ=="');
  expect(html).toContain('<audio controls preload="metadata" src="data:audio/wav;base64,Ukk="');
  expect(html).toContain('aria-label="a &#34;&#60;b&#62;&#34;.wav"');
});
test('other examples have nothing to play', async () => {
  const card = await cardOf({ ...example, show: async () => ({ text: 'hello' }) }, 'yes');
  expect(String(cards([card]))).not.toContain('<audio');
});
