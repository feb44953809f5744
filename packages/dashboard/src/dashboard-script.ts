/**
 * The page's script. It inserts what the server sends, which is escaped there and cannot run scripts (the page's policy), and keeps focus and scroll positions.
 * With reduced motion the page changes every three seconds only; it can be paused. At the end it fetches the report, because the server ends with the run.
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
  const section = element.closest('section');
  if (section) section.hidden = html === '';
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
source.addEventListener('error', () => { at('connection').textContent = 'Connection lost; retrying…'; });
source.addEventListener('end', async ({ data }) => {
  paused = false;
  at('stage').role = 'status'; // only now: before, screen readers would read its numbers out twice a second
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
  // The server ends when its pages have gone: pictures come first.
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  source.close();
});
at('pause').addEventListener('click', () => {
  paused = !paused;
  at('pause').textContent = paused ? 'Resume' : 'Pause';
  show();
});
`;
