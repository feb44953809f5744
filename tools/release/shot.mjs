import { chromium } from 'playwright-core';
const [file, out, width, scheme, height] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: Number(width), height: 900 }, colorScheme: scheme });
const errs = []; p.on('console', m => errs.push(m.text())); p.on('pageerror', e => errs.push(e.message));
await p.goto('file://' + file); await p.screenshot({ path: out, fullPage: !height });
console.log(errs, await p.evaluate(() => [document.documentElement.scrollWidth, innerWidth]));
await b.close();
