import { Markup } from '@graft/report';

/** The live page's additions to the report style. */
export const dashboardStyle = new Markup(`
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; } header h1 { flex: 1 1 240px; } h2 { margin-top: 28px; }
#stage, #connection { margin: 4px 0; overflow-wrap: anywhere; } progress { width: 140px; max-width: 40vw; accent-color: var(--a); vertical-align: middle; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(126px, 1fr)); gap: 8px; margin: 12px 0; } .tiles div { background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; padding: 6px 9px; min-width: 0; } dt { color: var(--soft); font-size: 12px; } dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; }
#hardest .cards { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
button, .button { font: inherit; color: var(--a); background: var(--raised); border: 1px solid var(--edge); border-radius: 6px; padding: 6px 14px; min-height: 36px; cursor: pointer; text-decoration: none; display: inline-block; } button:focus-visible, .button:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; } [hidden] { display: none; }
`);
