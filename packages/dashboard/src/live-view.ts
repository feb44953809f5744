import { type Card, cards, type Exhibit, type Markup, markup } from '@graft/report';
import { dashboardPage } from './dashboard-page.ts';
import {
  type Ended,
  learningSection,
  nowSection,
  scoresSection,
  stageSection,
  warningsSection,
} from './dashboard-sections.ts';
import { type HardExample, hardestExamples } from './hardest-examples.ts';
import type { HeldOut, LiveExample, Validated } from './held-out.ts';
import type { LiveRun } from './live-run.ts';
import { Pace } from './pace.ts';

/** The dynamic parts of a page as markup, by element id. */
export type Parts = Readonly<Record<string, string>>;

/** Fraction of the processor time for pictures. */
const pictureShare = 0.005;
/** Milliseconds charged for a picture: the time for a photo of 12 megapixels. The actual time cannot be measured, because other work runs concurrently. */
const pictureTime = 20;

/** Renders a live run as a page, part by part. */
export class LiveView {
  /** How the run ended, if it has. */
  ended: Ended | undefined;
  readonly #live: LiveRun;
  readonly #title: string;
  readonly #pictures: Pace;
  #parts: Parts = {};
  #scored: Drawn = nothingDrawn;
  #ranked: { readonly of: Validated | undefined; readonly hardest: readonly HardExample[] } = {
    of: undefined,
    hardest: [],
  };
  readonly #shown = new Map<LiveExample, ShownExample>();

  constructor(live: LiveRun, title: string) {
    this.#live = live;
    this.#title = title;
    this.#pictures = new Pace(pictureShare, live.machine.processorTime);
  }

  /** The whole page as last rendered. */
  page(): string {
    return dashboardPage(this.#title, this.#parts);
  }

  /** All parts as last rendered. */
  get parts(): Parts {
    return this.#parts;
  }

  /** Renders all parts again. If a part throws, it shows the error, so the run is not interrupted. @returns the parts that have changed */
  renew(): Parts {
    const [live, { heldOut, validated }] = [this.#live, this.#live];
    const before = this.#parts;
    this.#parts = {
      stage: drawn(() => stageSection(live, this.ended)),
      now: drawn(() => nowSection(live)),
      learning: drawn(() => learningSection(live)),
      scores: heldOut ? this.#scores(heldOut, validated) : '',
      hardest: heldOut ? drawn(() => this.#hardest(heldOut, validated)) : '',
      warnings: drawn(() => warningsSection(live)),
    };
    return Object.fromEntries(Object.entries(this.#parts).filter(([id, html]) => before[id] !== html));
  }

  /** The example that parts refer to as `examples/<id>`; undefined if it is not loaded. */
  exhibit(id: number): Exhibit | undefined {
    return [...this.#shown.values()][id]?.exhibit;
  }

  /** Resolves once all requested pictures are loaded. */
  async exhibited(): Promise<void> {
    await Promise.all([...this.#shown.values()].map(({ ready }) => ready));
  }

  #scores(heldOut: HeldOut, validated: Validated | undefined): string {
    if (!validated) return missing(heldOut).text;
    if (this.#scored.of !== validated)
      this.#scored = { of: validated, html: drawn(() => scoresSection(heldOut, validated)) };
    return this.#scored.html;
  }

  #hardest(heldOut: HeldOut, validated: Validated | undefined): Markup {
    // New examples need new pictures, which is most of the work.
    if (validated && this.#ranked.of !== validated && (this.#pictures.isDue || this.ended))
      this.#ranked = { of: validated, hardest: hardestExamples(heldOut, validated) };
    const { hardest } = this.#ranked;
    return hardest.length ? cards(hardest.map((one) => this.#card(one))) : missing(heldOut);
  }

  #card({ name, text, example }: HardExample): Card {
    if (!example) return { name, text };
    const { id, exhibit } = this.#shown.get(example) ?? this.#show(example);
    return {
      name,
      text,
      ...(exhibit?.picture && { image: `examples/${id}` }),
      ...(exhibit?.text !== undefined && { excerpt: exhibit.text }),
    };
  }

  /** Starts loading an example's picture; it appears on the page once it is loaded. */
  #show(example: LiveExample): ShownExample {
    this.#pictures.charge(pictureTime);
    const shown: ShownExample = { id: this.#shown.size, exhibit: undefined, ready: Promise.resolve() };
    this.#shown.set(example, shown);
    shown.ready = Promise.resolve()
      .then(() => example.show())
      .then(
        (exhibit) => void (shown.exhibit = exhibit),
        () => {}, // the card stays without a picture
      );
    return shown;
  }
}

interface ShownExample {
  readonly id: number;
  exhibit: Exhibit | undefined;
  ready: Promise<void>;
}

interface Drawn {
  readonly of: Validated | undefined;
  readonly html: string;
}
const nothingDrawn: Drawn = { of: undefined, html: '' };

const notYet = markup`<p>No validation results yet.</p>`;
const none = markup`<p>No examples are held out.</p>`;

/** What takes the place of validation results. */
const missing = ({ examples }: HeldOut): Markup => (examples?.length === 0 ? none : notYet);

function drawn(draw: () => Markup): string {
  try {
    return draw().text;
  } catch (error) {
    return markup`<p>This part cannot be rendered: ${(error as Error).message}</p>`.text;
  }
}
