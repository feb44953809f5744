// @ts-check

/**
 * @typedef {{ name: string, losses: readonly number[], differences: readonly number[] }} BackendRun
 * @typedef {{ title: string, torch: readonly number[], runs: readonly BackendRun[] }} Panel
 * @typedef {{ left: number, top: number, width: number, height: number }} Box
 */

const [width, margin, gap] = [960, 64, 56];
const boxWidth = (width - 2 * margin - gap + 24) / 2;
const [lossTop, lossHeight, differenceTop, differenceHeight] = [72, 210, 338, 150];
const height = differenceTop + differenceHeight + 48;
const colours = { torch: '#e8a13a', js: '#2f6fd0', wasm: '#1a8f5c' };
/** Range of the logarithmic axis, as powers of ten, and the tolerance. */
const [leastPower, mostPower, bound] = [-9, -2, 1e-3];

/** Draws two coinciding curves per panel, and their difference below. @param {readonly Panel[]} panels @returns {string} an SVG file */
export function drawParity(panels) {
  const parts = panels.map((panel, i) => {
    const left = margin + i * (boxWidth + gap);
    return (
      lossBox(panel, { left, top: lossTop, width: boxWidth, height: lossHeight }) +
      differenceBox(panel, { left, top: differenceTop, width: boxWidth, height: differenceHeight })
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<rect width="${width}" height="${height}" fill="#fff"/>
${text(margin, 28, 'The same weights, the same batches: 200 steps here and in PyTorch', 'font-size="16" font-weight="600"')}
${parts.join('')}</svg>
`;
}

/** @param {Panel} panel @param {Box} box */
function lossBox({ title, torch, runs }, box) {
  const most = Math.ceil(2 * Math.max(...torch)) / 2;
  const y = (/** @type {number} */ value) => box.top + box.height * (1 - value / most);
  const ticks = Array.from({ length: 2 * most + 1 }, (_, i) => i / 2);
  const keys = [
    { name: 'PyTorch', colour: colours.torch, thick: 5 },
    ...runs.map(({ name }) => ({ name, colour: colourOf(name), thick: 1.2 })),
  ];
  return (
    frame(
      box,
      ticks.map((value) => ({ at: y(value), label: value.toFixed(1) })),
    ) +
    text(box.left, box.top - 10, `${title}: loss`, 'font-weight="600"') +
    curve(torch, box, y, `stroke="${colours.torch}" stroke-width="5" stroke-opacity="0.55"`) +
    runs
      .map(({ name, losses }) =>
        curve(
          losses,
          box,
          y,
          `stroke="${colourOf(name)}" stroke-width="1.2"${name === 'wasm' ? ' stroke-dasharray="4 3"' : ''}`,
        ),
      )
      .join('') +
    keys
      .map(({ name, colour, thick }, i) => {
        const [x, at] = [box.left + box.width - 92, box.top + 18 + 18 * i];
        return `<line x1="${x}" y1="${at - 4}" x2="${x + 24}" y2="${at - 4}" stroke="${colour}" stroke-width="${thick}"/>\n${text(x + 32, at, name)}`;
      })
      .join('')
  );
}

/** @param {Panel} panel @param {Box} box */
function differenceBox({ runs }, box) {
  const y = (/** @type {number} */ value) =>
    box.top + (box.height * (mostPower - Math.max(leastPower, Math.log10(value)))) / (mostPower - leastPower);
  const ticks = Array.from({ length: mostPower - leastPower + 1 }, (_, i) => leastPower + i).filter(
    (power) => power % 2 !== 0,
  );
  return (
    frame(
      box,
      ticks.map((power) => ({ at: y(10 ** power), label: `1e${power}` })),
    ) +
    text(box.left, box.top - 10, 'relative difference from PyTorch', 'font-weight="600"') +
    `<line x1="${box.left}" y1="${y(bound)}" x2="${box.left + box.width}" y2="${y(bound)}" stroke="#c0392b" stroke-dasharray="6 4"/>\n` +
    text(box.left + box.width - 112, y(bound) - 5, 'the test allows 1e-3', 'fill="#c0392b" font-size="11"') +
    runs
      .map(({ name, differences }) => curve(differences, box, y, `stroke="${colourOf(name)}" stroke-width="1"`))
      .join('') +
    text(box.left + box.width / 2 - 12, box.top + box.height + 34, 'step')
  );
}

const colourOf = (/** @type {string} */ name) => (name === 'js' ? colours.js : colours.wasm);

/** @param {readonly number[]} values @param {Box} box @param {(value: number) => number} y @param {string} style */
const curve = (values, box, y, style) =>
  `<polyline fill="none" ${style} points="${values.map((value, i) => `${round(box.left + (box.width * i) / (values.length - 1))},${round(y(value))}`).join(' ')}"/>\n`;

/** @param {Box} box @param {readonly { at: number, label: string }[]} ticks */
const frame = ({ left, top, width: across, height: down }, ticks) =>
  ticks
    .map(
      ({ at, label }) =>
        `<line x1="${left}" y1="${round(at)}" x2="${left + across}" y2="${round(at)}" stroke="#e4e4e4"/>\n${text(left - 8, round(at) + 4, label, 'text-anchor="end" fill="#777"')}`,
    )
    .join('') +
  [0, 50, 100, 150, 200]
    .map((step) =>
      text(round(left + (across * step) / 200), top + down + 18, String(step), 'text-anchor="middle" fill="#777"'),
    )
    .join('');

/** @param {number} x @param {number} y @param {string} content @param {string} [style] */
const text = (x, y, content, style = '') => `<text x="${x}" y="${y}"${style && ` ${style}`}>${content}</text>\n`;
const round = (/** @type {number} */ value) => Math.round(10 * value) / 10;
