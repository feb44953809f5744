import { type Markup, markup } from './markup.ts';

/** A picture of a sample, with what is said of it. */
export interface Shown {
  /** An address of its picture: in a report of data, as it loads nothing. */
  readonly image: string;
  /** The same with the places that speak for the answer. */
  readonly evidence?: string;
  readonly name: string;
  readonly text: string;
}

/** Pictures beside each other, each with its text and name below. */
export const cards = (shown: readonly Shown[]): Markup =>
  markup`<ul class="cards">${shown.map((one) => markup`<li>${picture(one)}<span class="text">${one.text.replaceAll(' %', '\u00A0%')}</span><span class="path">${one.name}</span></li>`)}</ul>`;

const picture = ({ image, evidence, name }: Shown): Markup =>
  markup`<span class="pictures"><img src="${image}" alt="${name}" width="96" height="96">${evidence === undefined ? '' : markup`<img src="${evidence}" alt="the same, bright where the evidence lies" width="96" height="96">`}</span>`;
