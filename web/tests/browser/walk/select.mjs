// Filters and drawn areas: one number, whoever says it. The selection bar, the figures, the table, the map,
// the exported file and the API asked from outside must agree.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { accountsInView, idle, openMap, rendered, view, viewOf } from '../support/map.mjs';
import { by, nextFilter, rowNumber, searchOf, shownCount, waitForCount } from '../support/screen.mjs';
import { asAdmin } from './setup.mjs';

/** At this zoom every account is a point of its own. */
const atPoints = (world) => ({ v: viewOf(world.busy, 13.1), fill: 'none' });

/** The points on the map are the records that the API has there. */
async function assertMapShows(page, api, where) {
  const { ids, bbox } = await accountsInView(page);
  const { rows } = await api.records({ ...where, bbox });
  assert.ok(rows.length > 0);
  assert.deepEqual(ids, rows.map(({ id }) => id).sort());
}

/** Opens a section of the filters panel. */
async function openFilter(page, property) {
  const section = by(page, `filter-${property}`);
  await section.scrollIntoViewIfNeeded();
  if ((await section.getByRole('button').first().getAttribute('aria-expanded')) !== 'true') await section.getByRole('button').first().click();
  return section;
}

/** The number a chip says its condition changes the count by. */
const chipEffect = async (page, property) => Number((await by(page, `chip-${property}`).locator('.chip-effect').innerText()).replace('−', '-').replaceAll(/[^\d-]/g, ''));

/** Every place that counts the selection says this number. */
async function assertCounts(page, count) {
  for (const name of ['selection-count', 'account-count', 'table-count']) await waitForCount(page, name, count);
}

/** The drawn area of the page's filter, asked of the server; and the API's count of it. */
async function areaCount(api, hash) {
  const { geometry, cql2 } = await api.get(`/api/v1/filters/${hash}`);
  assert.equal(geometry.type, 'Polygon');
  return api.count({ geometry, ...(cql2 ? { filter: cql2 } : {}) });
}

/** A drag of the mouse along these points of the page. */
async function drag(page, points) {
  const [first, ...rest] = points;
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 4 });
  await page.mouse.up();
}

/** A ring of points around the middle of the map. */
async function ringAround(page, share) {
  const { box } = await view(page);
  const radius = Math.min(box.width, box.height) * share;
  return Array.from({ length: 17 }, (_, i) => ({
    x: box.x + box.width / 2 + radius * Math.cos((i / 16) * 2 * Math.PI),
    y: box.y + box.height / 2 + radius * Math.sin((i / 16) * 2 * Math.PI),
  }));
}

/** Takes a drawing tool and waits until it listens. */
async function take(page, tool) {
  await by(page, `tool-${tool}`).click();
  await page.waitForFunction(() => Object.keys(window.__geocrm.map.getStyle().sources).some((id) => id.startsWith('td-')));
}

/** Moves the map with an arrow key and waits until it stands. */
async function pan(page, key, times = 1) {
  for (let i = 0; i < times; i += 1) {
    const before = await view(page);
    await page.keyboard.press(key);
    await page.waitForFunction(([lng, lat]) => {
      const { map } = window.__geocrm;
      const at = map.getCenter();
      return !map.isMoving() && (at.lng !== lng || at.lat !== lat);
    }, [before.lng, before.lat]);
  }
}

/** Rows of a CSV text; quoted fields may hold line breaks. */
const csvRows = (text) => text.replaceAll(/"(?:[^"]|"")*"/g, '').split(/\r?\n/).filter((line) => line !== '').length;

export function select(world) {
  test('a status, a category and a range: chips, legend, figures, table, map and API agree', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, atPoints(world));
      const [all, customers] = [await api.count(), (await api.counts('status')).get('customer')];
      await by(page, 'tab-filters').click();
      await openFilter(page, 'status');
      await by(page, 'value-status-customer').click();
      let hash = await nextFilter(page, null);
      await by(page, 'scope-selection').click();
      await waitForCount(page, 'account-count', customers);
      assert.equal(await chipEffect(page, 'status'), customers - all);
      await assertAccessible(page, 'map with the filters panel');

      await openFilter(page, 'category');
      await by(page, 'value-category-Household').click();
      hash = await nextFilter(page, hash);
      await openFilter(page, 'revenue_cents');
      await by(page, 'min-revenue_cents').fill('100');
      await by(page, 'min-revenue_cents').press('Enter');
      hash = await nextFilter(page, hash);

      const parts = {
        status: { op: '=', args: [{ property: 'status' }, 'customer'] },
        category: { op: '=', args: [{ property: 'category' }, 'Household'] },
        revenue_cents: { op: '>=', args: [{ property: 'revenue_cents' }, 10_000] },
      };
      const but = (left) => ({ op: 'and', args: Object.entries(parts).filter(([name]) => name !== left).map(([, part]) => part) });
      const count = await api.count({ filter: but(null) });
      assert.ok(count > 0 && count < customers, `${count} of ${customers} customers`);
      assert.equal(await api.count({ f: hash }), count);
      await waitForCount(page, 'account-count', count);
      await waitForCount(page, 'table-count', count);
      for (const name of Object.keys(parts)) assert.equal(await chipEffect(page, name), count - (await api.count({ filter: but(name) })), name);

      await by(page, 'tab-layers').click();
      assert.equal(await rowNumber(page, 'status-customer'), count);
      const statuses = await api.counts('status', { filter: but('status') });
      assert.equal(await rowNumber(page, 'status-prospect'), statuses.get('prospect') ?? 0);

      await page.keyboard.press('[');
      await page.keyboard.press(']');
      await idle(page);
      await rendered(page, 'accounts');
      await assertMapShows(page, api, { filter: but(null) });
    }));

  test('a lasso by mouse: bar, figures, table, map, API and the exported file agree', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, atPoints(world));
      await take(page, 'lasso');
      await drag(page, await ringAround(page, 0.32));
      const hash = await nextFilter(page, null);
      const count = await areaCount(api, hash);
      assert.ok(count > 3, `the lasso holds ${count}`);
      await assertCounts(page, count);
      assert.equal(searchOf(page).get('area'), 'lasso');
      await by(page, 'chip-area').waitFor();
      await by(page, 'drawer-toggle').click();
      await by(page, 'table-row').first().waitFor();
      assert.equal(await shownCount(page, 'table-count'), count);
      await idle(page);
      await assertMapShows(page, api, { f: hash });
      await assertAccessible(page, 'map with an area, the figures and the table');

      await by(page, 'export-menu').click();
      await assertAccessible(page, 'export menu');
      await by(page, 'export-csv').click();
      await by(page, 'export-receipt').waitFor();
      assert.equal(Number((await by(page, 'export-rows').innerText()).replaceAll(/\D/g, '')), count);
      await assertAccessible(page, 'export receipt');
      const [download] = await Promise.all([page.waitForEvent('download'), by(page, 'export-download').click()]);
      const text = await readFile(await download.path(), 'utf8');
      assert.equal(csvRows(text) - 1, count);
    }));

  test('a lasso by keyboard alone gives the same agreement, and Escape leaves a tool', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, atPoints(world));
      await page.keyboard.press('l');
      await page.waitForFunction(() => document.activeElement === window.__geocrm.map.getCanvas());
      assert.equal(await by(page, 'tool-lasso').getAttribute('aria-pressed'), 'true');
      await page.keyboard.press('Escape');
      assert.equal(await by(page, 'tool-select').getAttribute('aria-pressed'), 'true');
      await page.keyboard.press('l');
      const ways = [['ArrowLeft', 2], ['ArrowUp', 2], ['ArrowRight', 4], ['ArrowDown', 4], ['ArrowLeft', 4]];
      for (const [key, times] of ways) {
        await pan(page, key, times);
        if (key !== 'ArrowLeft' || times === 4) await page.keyboard.press(' ');
      }
      await page.keyboard.press('Enter');
      const hash = await nextFilter(page, null);
      const count = await areaCount(api, hash);
      assert.ok(count > 0);
      await assertCounts(page, count);
      await by(page, 'selection-clear').focus();
      await page.keyboard.press('Enter');
      await nextFilter(page, hash);
      assert.equal(searchOf(page).get('f'), null);
    }));

  test('rectangle, polygon and radius by mouse count what they hold', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, atPoints(world));
      const ring = await ringAround(page, 0.25);
      let hash = null;
      for (const tool of ['rectangle', 'polygon', 'radius']) {
        await take(page, tool);
        if (tool === 'polygon') {
          for (const at of [0, 4, 8, 12, 12]) await page.mouse.click(ring[at].x, ring[at].y);
        } else {
          await drag(page, [ring[tool === 'radius' ? 8 : 10], ring[tool === 'radius' ? 0 : 2]]);
        }
        hash = await nextFilter(page, hash);
        await assertCounts(page, await areaCount(api, hash));
      }
    }));

  test('the table sorts by every column that offers it', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, atPoints(world));
      await by(page, 'drawer-toggle').click();
      await by(page, 'table-row').first().waitFor();
      const columns = page.locator('[data-testid^="sort-"]');
      const names = await columns.evaluateAll((all) => all.map((one) => one.dataset.testid));
      assert.ok(names.length >= 4, names.join());
      for (const name of names) {
        await by(page, name).click();
        await page.locator('[role="columnheader"][aria-sort]').filter({ has: by(page, name) }).waitFor();
        // The old rows stay, faded, until the sorted ones are there; a refusal would be in the console.
        await page.locator('.table-scroll:not(.stale)').waitFor();
        await by(page, 'table-row').first().waitFor();
      }
    }));
}
