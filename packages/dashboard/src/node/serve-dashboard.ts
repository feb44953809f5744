import { dashboardPolicy } from '../dashboard-page.ts';
import { dashboardScript } from '../dashboard-script.ts';
import type { Ended } from '../dashboard-sections.ts';
import type { LiveRun } from '../live-run.ts';
import { LiveView, type Parts } from '../live-view.ts';
import { Pace } from '../pace.ts';
import { type Content, servePage } from './serve-page.ts';

const defaultPort = 7007;
/** Milliseconds between checks whether the page is due for an update. */
const interval = 500;
/** Milliseconds after which open pages are updated, regardless of the processor time used. */
const maxInterval = 5000;
/** Milliseconds that pages have at the end to fetch pictures and the report. */
const patience = 3000;
/** Fraction of the processor time for rendering the page. */
const pageShare = 0.01;

/** Options of {@link serveDashboard}. */
export interface DashboardOptions {
  /** The run's title on the page. */
  readonly title: string;
  /** Default 7007; 0 for any free port. */
  readonly port?: number;
  /** The run's report as an HTML file, which pages fetch at the end; undefined if there is none. */
  readonly report?: () => Promise<Uint8Array | undefined>;
}

/** A running dashboard. */
export interface DashboardServer {
  /** `http://127.0.0.1:7007/…/`, with a secret. */
  readonly address: string;
  /** Shows how the run ended and closes the server within a few seconds. Open pages keep their contents and the report. */
  close(ended?: Ended): Promise<void>;
}

/**
 * Serves a live run as a page to browsers on this machine, until it is closed. Nothing is rendered while no page is open; otherwise rendering takes about 1 % of
 * the processor time. The server listens on 127.0.0.1 only, is read-only, and rejects requests from other sites, for other host names
 * and without the secret in its address.
 * @throws if the port is in use
 */
export async function serveDashboard(
  live: LiveRun,
  { title, port = defaultPort, report }: DashboardOptions,
): Promise<DashboardServer> {
  const view = new LiveView(live, title);
  const page = new Pace(pageShare, live.machine.processorTime);
  const policy = await dashboardPolicy();
  /** Renders the page again and sends changed parts to open pages. */
  const renew = (): Parts => {
    const changed = view.renew();
    if (Object.keys(changed).length) server.send('sections', changed);
    return view.parts;
  };
  const server = await servePage({
    port,
    async respond(path): Promise<Content | undefined> {
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
    if (!server.listeners || !(page.isDue || live.machine.now() - renewed > maxInterval)) return;
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
