/**
 * The page's script. It puts in what the server sends, which is escaped there and may run nothing (the page's policy), and keeps focus and scrolled places.
 * Who wants less motion gets it every three seconds; it can be paused. At the end it fetches the report, as the server ends with the run.
 */
export const dashboardScript = `
const at = (id) => document.getElementById(id);
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const waiting = new Map();
let [paused, timer] = [false, 0];

const put = (element, html) => {
  const places = [...element.querySelectorAll('[tabindex]')];
  const [scrolled, focused] = [places.map((place) => place.scrollLeft), places.indexOf(document.activeElement)];
  element.innerHTML = html;
  for (const [i, place] of [...element.querySelectorAll('[tabindex]')].entries()) {
    place.scrollLeft = scrolled[i] ?? 0;
    if (i === focused) place.focus({ preventScroll: true });
  }
};
const show = () => {
  timer = 0;
  if (paused) return;
  for (const [id, html] of waiting) put(at(id), html);
  waiting.clear();
};

const source = new EventSource('events');
source.addEventListener('sections', ({ data }) => {
  for (const [id, html] of Object.entries(JSON.parse(data))) waiting.set(id, html);
  timer ||= setTimeout(show, calm.matches ? 3000 : 0);
});
source.addEventListener('open', () => { at('connection').textContent = ''; });
source.addEventListener('error', () => { at('connection').textContent = 'The connection is gone: the run was stopped, or its machine sleeps. Trying again.'; });
source.addEventListener('end', async ({ data }) => {
  paused = false;
  at('stage').role = 'status'; // not before: its numbers would be read out twice a second
  clearTimeout(timer);
  show();
  at('pause').hidden = true;
  if (JSON.parse(data).report) {
    const report = await fetch('report.html').then((response) => (response.ok ? response.blob() : undefined)).catch(() => undefined);
    if (report) {
      at('report').href = URL.createObjectURL(report);
      at('report').hidden = false;
    }
  }
  source.close();
});
at('pause').addEventListener('click', () => {
  paused = !paused;
  at('pause').textContent = paused ? 'Go on' : 'Pause';
  show();
});
`;
