// How often the counts of a shape follow the pointer while it is drawn, in the page itself: `npm run bench:drag`.
// BENCH_SIZE addresses are generated and served; BENCH_SIZE=10000000 is the size that docs/benchmarks.md tells of. In the
// folder BENCH_HOME, which must not have been set up, they stay for the next time.
import { launch, newContext } from './support/browser.mjs';
import { openMap, ready, view, viewOf } from './support/map.mjs';
import { by } from './support/screen.mjs';
import { startServer } from './support/server.mjs';

const SIZE = process.env.BENCH_SIZE ?? '200000';
const SECONDS = 5;
const TOOLS = ['rectangle', 'radius', 'lasso', 'polygon'];
const ZOOMS = [9, 11, 13];

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Where the pointer is after a share of the drag: around the middle of the map, further out with every turn. */
function pathOf(box, tool) {
  const reach = Math.min(box.width, box.height) / 2 - 60;
  return (share) => {
    // A lasso goes round once; the corner or edge of the others wanders.
    const turn = 2 * Math.PI * (tool === 'lasso' ? share * 0.95 : share * 4);
    const radius = tool === 'lasso' ? reach : reach * (0.4 + 0.6 * share);
    return { x: box.x + box.width / 2 + radius * Math.cos(turn), y: box.y + box.height / 2 + radius * Math.sin(turn) };
  };
}

/** Notes how long every question of the page waits for its answer, and how often the number shown becomes another. */
const watchCounts = () => {
  const seen = { waited: [], shown: 0, last: '' };
  window.dragSeen = seen;
  const plain = window.fetch;
  window.fetch = async (...request) => {
    if (!/cubes\/addresses\/query/.test(String(request[0]?.url ?? request[0]))) return plain(...request);
    const from = performance.now();
    const answer = await plain(...request);
    seen.waited.push(performance.now() - from);
    return answer;
  };
  new MutationObserver(() => {
    const count = document.querySelector('[data-testid="selection-addresses"]')?.getAttribute('data-count');
    if (count && count !== seen.last) seen.shown += 1;
    seen.last = count;
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-count'] });
};

async function drag(page, tool) {
  await by(page, `tool-${tool}`).click();
  await by(page, 'drawing').waitFor({ state: 'attached' });
  const { box } = await view(page);
  const at = pathOf(box, tool);
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const begin = tool === 'lasso' ? at(0) : middle;
  await page.mouse.move(begin.x, begin.y);
  if (tool === 'polygon') {
    // Two corners stand; the third follows the pointer.
    await page.mouse.click(begin.x, begin.y);
    await page.mouse.click(begin.x + 60, begin.y - 30);
  } else {
    await page.mouse.down();
  }
  await page.evaluate(() => Object.assign(window.dragSeen, { waited: [], shown: 0 }));
  const from = performance.now();
  let moves = 0;
  for (let spent = 0; spent < SECONDS * 1000; spent = performance.now() - from) {
    const { x, y } = at(spent / (SECONDS * 1000));
    await page.mouse.move(x, y);
    moves += 1;
  }
  const seconds = (performance.now() - from) / 1000;
  const { waited, shown, last } = await page.evaluate(() => window.dragSeen);
  await page.keyboard.press('Escape');
  await page.mouse.up();
  return { seconds, moves, waited, shown, last };
}

const server = await startServer(['--size', SIZE, '--seed', '7'], process.env.BENCH_HOME);
const browser = await launch();
try {
  const { context } = await newContext(browser, server.address);
  await context.addInitScript(watchCounts);
  const page = await context.newPage();
  await page.goto(server.setup.replace('/setup#', '/setup?test#'));
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.waitForURL('**/map**');
  await ready(page);
  const { start } = await (await context.request.get(`${server.address}/api/v1/catalogue`)).json();
  console.log(`drag: ${SIZE} addresses, ${SECONDS} s a drag, headless Chromium with software graphics`);
  const columns = ['zoom', 'tool', 'pointer/s', 'answers/s', 'other counts/s', 'answered in ms p50', 'p99', 'last count'];
  const row = (cells) => console.log(cells.map((cell, i) => String(cell).padStart(columns[i].length)).join('  '));
  row(columns);
  for (const zoom of ZOOMS) {
    for (const tool of TOOLS) {
      await openMap(page, server.address, { v: viewOf({ lng: start.lng, lat: start.lat }, zoom) });
      const { seconds, moves, waited, shown, last } = await drag(page, tool);
      const rates = [moves, waited.length, shown].map((number) => (number / seconds).toFixed(1));
      row([zoom, tool.slice(0, 4), ...rates, ...[0.5, 0.99].map((share) => quantile(waited, share).toFixed(1)), last]);
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
