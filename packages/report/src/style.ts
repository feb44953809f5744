import { Markup } from './markup.ts';

/** The style of report and dashboard pages: light and dark, responsive down to a phone's width. */
export const style = new Markup(`
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --ground: #fff; --raised: #f6f8fa; --edge: #d1d9e0; --a: #0969da; --b: #bc4c00; --c: #1a7f37; --d: #8250df; --hit: 26 127 55; --miss: 207 34 46; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --ground: #0d1117; --raised: #151b23; --edge: #3d444d; --a: #4493f8; --b: #f0883e; --c: #3fb950; --d: #ab7df8; --hit: 63 185 80; --miss: 248 81 73; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1060px; padding: 16px; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
h1 { font-size: 24px; margin: 8px 0; overflow-wrap: anywhere; } h2 { font-size: 18px; margin: 36px 0 4px; padding-top: 8px; border-top: 1px solid var(--edge); }
.score strong { font-size: 32px; } .score span, .lead, figcaption, .path, caption { color: var(--soft); } .lead { margin: 0 0 10px; }
mark { color: inherit; background: none; border-radius: 2px; } .for-1 { background: rgb(var(--hit) / 0.15); } .for-2 { background: rgb(var(--hit) / 0.3); } .for-3 { background: rgb(var(--hit) / 0.5); } .against-1 { background: rgb(var(--miss) / 0.15); } .against-2 { background: rgb(var(--miss) / 0.3); } .against-3 { background: rgb(var(--miss) / 0.5); }
nav { display: flex; flex-wrap: wrap; gap: 4px 14px; } a { color: var(--a); }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 310px), 1fr)); gap: 16px; align-items: start; } figure { margin: 0; min-width: 0; } figure.wide { grid-column: 1 / -1; max-width: 640px; } figure > svg { width: 100%; height: auto; background: var(--raised); border-radius: 6px; } .figure-side { margin: 12px 0; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } .axes line { stroke: var(--edge); } .mark { stroke: var(--soft); stroke-dasharray: 2 2; } .line { fill: none; stroke: var(--a); stroke-width: 2; } .line-1 { stroke: var(--b); stroke-dasharray: 6 3; } .line-2 { stroke: var(--c); stroke-dasharray: 2 3; } .line-3 { stroke: var(--d); } .dot { fill: var(--a); } .dot-1 { fill: var(--b); } .dot-2 { fill: var(--c); } .dot-3 { fill: var(--d); } .bar { fill: var(--a); } .bar.other { fill: var(--c); } .point { fill: var(--a); fill-opacity: 0.65; }
figcaption { font-size: 14px; } figcaption strong { color: var(--ink); margin-right: 6px; } .key { white-space: nowrap; margin-right: 6px; } .key b { font-weight: 600; color: var(--ink); } .key svg { width: 24px; height: 8px; margin: 0 4px 2px 0; vertical-align: middle; } svg .sign { font-weight: 600; text-anchor: middle; }
${['var(--a)', 'var(--b)', 'var(--c)', 'var(--d)', '#bf3989', '#9a6700', '#1b7c83', '#6e7781'].map((paint, i) => `.group-${i} { color: ${paint}; fill: ${paint} !important; }`).join(' ')}
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: 3px 10px; border-bottom: 1px solid var(--edge); text-align: right; font-weight: normal; } thead th, th.name { font-weight: 600; } th[scope=row], td.name, td.wide, thead th:first-child { text-align: left; } td:not(.wide) { white-space: nowrap; } td.wide { overflow-wrap: anywhere; } .scroll td.wide { min-width: 150px; } .name { max-width: 220px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tables { display: flex; flex-wrap: wrap; gap: 0 40px; } .scroll { overflow-x: auto; margin: 12px 0; max-width: 100%; } .confusion td { min-width: 38px; } .confusion caption { text-align: left; padding-bottom: 6px; width: min(100%, calc(100vw - 32px)); } @media (max-width: 480px) { th, td { padding: 3px 6px; font-size: 14px; } .confusion td { min-width: 26px; } } .hit { background: rgb(var(--hit) / calc(var(--shade) * 0.6)); } .miss { background: rgb(var(--miss) / calc(var(--shade) * 0.6)); } ${Array.from({ length: 11 }, (_, i) => `.shade-${i} { --shade: ${10 * i}%; }`).join(' ')}
.cards { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 12px; } .cards li { background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; padding: 8px; min-width: 0; } .pictures { display: flex; gap: 4px; align-items: flex-start; height: 100px; } .pictures img { border-radius: 4px; object-fit: contain; object-position: left top; max-width: calc(50% - 2px); width: auto; height: 96px; } .pictures img:only-child { max-width: 100%; } blockquote { margin: 0 0 6px; font-style: italic; overflow-wrap: anywhere; } .cards audio { display: block; width: 100%; height: 32px; margin: 4px 0; } .text, .path { display: block; overflow-wrap: anywhere; } .path { font-size: 12px; }
pre { overflow-x: auto; background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; padding: 10px; }
`);

/** The hash of a style, as a source in a Content-Security-Policy that allows only this style. */
export async function sourceOf(sheet: Markup): Promise<Markup> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(sheet.text));
  return new Markup(`'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`);
}
