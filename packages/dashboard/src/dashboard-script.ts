/**
 * The page's script. It inserts markup from the server and keeps focus and scroll positions. The server escapes the markup, and the page's content security policy
 * prevents it from running scripts. Updates can be paused; with reduced motion they come only every three seconds. At the end of the run the script fetches the
 * report, because the server closes.
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
  at('stage').role = 'status'; // not earlier, because screen readers would announce every update
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
  // The server closes once all pages have disconnected, so load pictures first.
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  source.close();
});
at('pause').addEventListener('click', () => {
  paused = !paused;
  at('pause').textContent = paused ? 'Resume' : 'Pause';
  show();
});
`;
