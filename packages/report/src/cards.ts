import { dataAddress } from './data-address.ts';
import { type Markup, markup } from './markup.ts';
import type { EvaluatedExample } from './reported-run.ts';

/** An example with what is said about it. */
export interface Card {
  /** The address of its picture. */
  readonly image?: string;
  /** The address of the same picture, bright where the evidence lies. */
  readonly evidence?: string;
  /** The example itself, where it is a text; its first 240 characters are shown. */
  readonly excerpt?: string;
  readonly name: string;
  readonly text: string;
}

/** Most characters of a text that are shown. */
const longestExcerpt = 240;

/** Examples beside each other, each with its text and name below. */
export const cards = (shown: readonly Card[]): Markup =>
  markup`<ul class="cards">${shown.map((one) => markup`<li>${pictures(one)}<span class="text">${one.text.replaceAll(' %', '\u00A0%')}</span><span class="path">${one.name}</span></li>`)}</ul>`;

/** A card of an example as it looks. @param text what is said about it */
export async function cardOf(example: EvaluatedExample, text: string): Promise<Card> {
  const [shown, evidence] = [await example.show(), await example.evidence?.()];
  return {
    name: example.name,
    text,
    ...(shown?.picture && { image: dataAddress(shown.picture) }),
    ...(shown?.text !== undefined && {
      excerpt: shown.text,
    }),
    ...(evidence?.picture && { evidence: dataAddress(evidence.picture) }),
  };
}

const pictures = ({ image, evidence, excerpt, name }: Card): Markup | string =>
  image === undefined
    ? excerpt === undefined
      ? ''
      : markup`<blockquote>${excerpt.length > longestExcerpt ? `${excerpt.slice(0, longestExcerpt)}…` : excerpt}</blockquote>`
    : markup`<span class="pictures"><img src="${image}" alt="${name}" width="96" height="96">${evidence === undefined ? '' : markup`<img src="${evidence}" alt="the same, bright where the evidence lies" width="96" height="96">`}</span>`;
