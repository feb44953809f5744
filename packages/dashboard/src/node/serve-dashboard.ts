import { dashboardPolicy } from '../dashboard-page.ts';
import { dashboardScript } from '../dashboard-script.ts';
import type { Ended } from '../dashboard-sections.ts';
import type { LiveRun } from '../live-run.ts';
import { LiveView, type Parts } from '../live-view.ts';
import { Pace } from '../pace.ts';
import { type Answer, servePage } from './serve-page.ts';

/** The port where the dashboard is by default. */
const usualPort = 7007;
/** Milliseconds between looks at whether something is new, after which a waiting page is renewed anyway, and for which pages may take the report at the end. */
const [interval, longest, patience] = [500, 5000, 3000];
/** The share of processor time for the page. */
const pageShare = 0.01;

/** Options of {@link serveDashboard}. */
export interface DashboardOptions {
  /** What the run is called on the page. */
  readonly title: string;
  /** Default 7007; 0 for any free one. */
  readonly port?: number;
  /** The run's report as an HTML file, for pages to keep at the end; nothing where there is none. */
  readonly report?: () => Promise<Uint8Array | undefined>;
}

/** A dashboard that listens. */
export interface DashboardServer {
  /** `http://127.0.0.1:7007/` */
  readonly address: string;
  /** Shows how the run ended and closes, at the latest after some seconds: pages stay as they are, and keep the report. */
  close(ended?: Ended): Promise<void>;
}

/**
 * Serves a live run as a page to browsers on this machine, until it is closed. It draws nothing while no page is open, and holds itself to about a
 * hundredth of the processor time otherwise. It listens on 127.0.0.1 only, is read-only, and refuses other sites and other host names.
 * @throws where the port is taken
 */
export async function serveDashboard(
  live: LiveRun,
  { title, port = usualPort, report }: DashboardOptions,
): Promise<DashboardServer> {
  const view = new LiveView(live, title);
  const page = new Pace(pageShare, live.machine.processorTime);
  const policy = await dashboardPolicy();
  /** Draws the page anew; pages that listen get what has changed. */
  const renew = (): Parts => {
    const changed = view.renew();
    if (Object.keys(changed).length) server.send('sections', changed);
    return view.parts;
  };
  const server = await servePage({
    port,
    async answer(path): Promise<Answer | undefined> {
      if (path === '/') {
        page.spend(renew);
        return { type: 'text/html; charset=utf-8', body: view.page(), policy };
      }
      if (path === '/live.js') return { type: 'text/javascript; charset=utf-8', body: dashboardScript };
      if (path === '/report.html') {
        const body = await report?.();
        return body && { type: 'text/html; charset=utf-8', body, policy };
      }
      const picture = view.exhibit(Number(/^\/examples\/(\d{1,9})$/.exec(path)?.[1] ?? Number.NaN))?.picture;
      return picture && { type: picture.type, body: picture.bytes };
    },
    greet: () => ['sections', page.spend(renew)],
  });
  let renewed = live.machine.now();
  const timer = setInterval(() => {
    if (!server.listeners || !(page.isDue || live.machine.now() - renewed > longest)) return;
    renewed = live.machine.now();
    page.spend(renew);
  }, interval).unref();
  const end = async (ended: Ended): Promise<void> => {
    clearInterval(timer);
    view.ended = ended;
    if (server.listeners) {
      renew();
      await Promise.race([view.exhibited(), new Promise((resolve) => setTimeout(resolve, patience).unref())]);
      renew();
      server.send('end', { report: !('failure' in ended) && (await hasReport(report)) });
    }
    await server.close(patience);
  };
  let closing: Promise<void> | undefined;
  return { address: server.address, close: (ended = {}) => (closing ??= end(ended)) };
}

const hasReport = async (report: DashboardOptions['report']): Promise<boolean> => {
  try {
    return (await report?.()) !== undefined;
  } catch {
    return false;
  }
};
