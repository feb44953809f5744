import { basename, relative } from 'node:path';
import type { Reporter } from '../reporter.ts';
import { markup } from '../report/markup.ts';
import { thumbnail } from '../report/thumbnail.ts';
import type { RunFolder, Summary } from '../run-folder.ts';
import type { RunOptions } from '../run/run-options.ts';
import type { TaskData } from '../task/task.ts';
import { taskOf } from '../task/tasks.ts';
import { dashboardPage, dashboardPolicy } from './dashboard-page.ts';
import { dashboardScript } from './dashboard-script.ts';
import { dashboardSections, type Ended, type HardImage } from './dashboard-sections.ts';
import { hardestImages } from './hardest-images.ts';
import { LiveRun, type Watchable } from './live-run.ts';
import { Pace } from './pace.ts';
import { type Answer, servePage } from './serve-page.ts';

/** Where the dashboard is, unless told. */
const usualPort = 7007;
/** Milliseconds between looks at whether there is something new, after which a page that waits is sent it anyway, and for which the pages may take the report at the end. */
const [interval, longest, patience] = [500, 5000, 3000];
/** Of the processor time: for the page, and for its pictures. Others make these meanwhile, so that their time cannot be told: it is that of a photo of 12 megapixels. */
const [pageShare, pictureShare, pictureTime] = [0.01, 0.005, 20];

const headings = { classification: 'Classes', multilabel: 'Labels', regression: 'Numbers' } as const;

/** What a run tells its dashboard. */
export interface Watcher {
  /** The images are known. */
  opened(images: { readonly data: TaskData; readonly judged: readonly number[] }): Promise<void>;
  /** A phase's options, watched. */
  watching<T extends Watchable>(phase: string, options: T): T;
}

/**
 * Does a run while a page on this machine shows how it goes. The page costs nothing while nobody looks, and about a hundredth of the processor time else.
 * @throws before the work begins where the port is taken
 */
export async function withDashboard(
  options: RunOptions,
  run: RunFolder,
  reporter: Reporter,
  work: (reporter: Reporter, watcher: Watcher) => Promise<Summary>,
): Promise<Summary> {
  const [live, task] = [new LiveRun(), taskOf(options)];
  let [root, classes, paths, ended, hardest, judged]: [
    string,
    readonly string[],
    readonly string[],
    Ended | undefined,
    readonly HardImage[],
    LiveRun['held'],
  ] = [options.data, [], [], undefined, [], live.held];
  const [page, pictures] = [new Pace(pageShare), new Pace(pictureShare)];
  const title = `${basename(options.model)} on ${basename(options.data)}`;

  let shown: Readonly<Record<string, string>> = {};
  const partsNow = (): typeof shown => {
    try {
      // New hardest images are new pictures to make, which is most of the work.
      if (judged !== live.held && (pictures.isDue || ended))
        [judged, hardest] = [
          live.held,
          hardestImages(task, live.held, classes, (place) => relative(root, paths[place] ?? '')),
        ];
      return dashboardSections({ live, task, classes, hardest, ended });
    } catch (error) {
      return {
        ...shown,
        stage: markup`The run goes on, and this page cannot show it: ${(error as Error).message}`.text,
      }; // whoever looks ends no run
    }
  };
  /** The page as it is now; who listens gets what is other than before. */
  const renew = (): typeof shown => {
    const parts = partsNow();
    const changed = Object.fromEntries(Object.entries(parts).filter(([id, html]) => shown[id] !== html));
    if (Object.keys(changed).length) server.send('sections', changed);
    return (shown = parts);
  };
  const made = new Map<string, Promise<Buffer>>();
  const picture = (path: string): Promise<Buffer> => {
    if (!made.has(path)) {
      pictures.charge(pictureTime);
      made.set(path, thumbnail(path));
    }
    return made.get(path)!;
  };

  const server = await servePage({
    port: typeof options.dashboard === 'number' ? options.dashboard : usualPort,
    async answer(path): Promise<Answer | undefined> {
      if (path === '/')
        return {
          type: 'text/html; charset=utf-8',
          body: page.spend(() => dashboardPage(title, headings[task.name], renew())),
          policy: dashboardPolicy,
        };
      if (path === '/live.js') return { type: 'text/javascript; charset=utf-8', body: dashboardScript };
      if (path === '/report.html' && (await run.storage.exists('report.html')))
        return {
          type: 'text/html; charset=utf-8',
          body: Buffer.from(await run.storage.read('report.html')),
          policy: dashboardPolicy,
        };
      const image = paths[Number(/^\/thumbnails\/(\d{1,9})\.jpg$/.exec(path)?.[1] ?? Number.NaN)];
      return image === undefined ? undefined : { type: 'image/jpeg', body: await picture(image) };
    },
    greet: () => ['sections', page.spend(renew)],
  });
  reporter.warn(`the dashboard is at ${server.address}`);
  let renewed = performance.now();
  const timer = setInterval(() => {
    if (!server.listeners || !(page.isDue || performance.now() - renewed > longest)) return;
    renewed = performance.now();
    page.spend(renew);
  }, interval).unref();
  try {
    const summary = await work(live.overhearing(reporter), {
      watching: (phase, options) => live.watching(phase, options),
      async opened({ data, judged: indices }) {
        [root, classes] = [data.root, data.classes];
        paths = await Promise.all(indices.map(async (index) => (await data.get(index)).input));
      },
    });
    ended = { score: summary.validation?.[task.score] ?? null, folder: run.path };
    return summary;
  } catch (error) {
    ended = { failure: (error as Error).message };
    throw error;
  } finally {
    clearInterval(timer);
    renew();
    server.send('end', { report: ended !== undefined && 'folder' in ended });
    await server.close(patience);
  }
}
