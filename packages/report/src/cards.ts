import { dataAddress } from './data-address.ts';
import { type Markup, markup } from './markup.ts';
import type { EvaluatedExample, Highlight } from './reported-run.ts';

/** An example shown with a line of text. */
export interface Card {
  /** The picture's URL. */
  readonly image?: string;
  /** The URL of the same picture with the evidence for the prediction highlighted. */
  readonly evidence?: string;
  /** The URL of a sound to play. */
  readonly recording?: string;
  /** The example's text, if it is one; the first 240 characters are shown. */
  readonly excerpt?: string;
  /** The text in parts, with the evidence for the prediction. */
  readonly highlights?: readonly Highlight[];
  readonly name: string;
  readonly text: string;
}

const longestExcerpt = 240;

/** Lays cards out in a grid, each with its text and name below the picture. */
export const cards = (shown: readonly Card[]): Markup =>
  markup`<ul class="cards">${shown.map((one) => markup`<li>${pictures(one)}${one.recording === undefined ? '' : markup`<audio controls preload="metadata" src="${one.recording}" aria-label="${one.name}"></audio>`}<span class="text">${one.text.replaceAll(' %', '\u00A0%')}</span><span class="path">${one.name}</span></li>`)}</ul>`;

/** Creates the card of an example. @param text shown below the picture */
export async function cardOf(example: EvaluatedExample, text: string): Promise<Card> {
  const [shown, evidence] = [await example.show(), await example.evidence?.()];
  return {
    name: example.name,
    text,
    ...(shown?.picture && { image: dataAddress(shown.picture) }),
    ...(shown?.recording && { recording: dataAddress(shown.recording) }),
    ...(shown?.text !== undefined && {
      excerpt: shown.text,
    }),
    ...(evidence?.highlights && { highlights: evidence.highlights }),
    ...(evidence?.picture && { evidence: dataAddress(evidence.picture) }),
  };
}

const pictures = ({ image, evidence, excerpt, highlights, name }: Card): Markup | string =>
  image === undefined
    ? excerpt === undefined
      ? ''
      : highlights
        ? markup`<blockquote>${marked(highlights)}</blockquote>`
        : markup`<blockquote>${excerpt.length > longestExcerpt ? `${excerpt.slice(0, longestExcerpt)}…` : excerpt}</blockquote>`
    : markup`<span class="pictures"><img src="${image}" alt="${name}" width="96" height="96">${evidence === undefined ? '' : markup`<img src="${evidence}" alt="the same image with the evidence for the prediction highlighted" width="96" height="96">`}</span>`;

/** The first parts of a text, those with evidence marked. */
function marked(parts: readonly Highlight[]): Markup[] {
  let length = 0;
  const shown = parts.filter(({ text }) => (length += text.length) <= longestExcerpt);
  return [
    ...shown.map(({ text, weight }) => {
      const strength = Math.round(3 * Math.abs(weight));
      return strength
        ? markup`<mark class="${weight > 0 ? 'for' : 'against'}-${strength}">${text}</mark>`
        : markup`${text}`;
    }),
    ...(shown.length < parts.length ? [markup`…`] : []),
  ];
}
