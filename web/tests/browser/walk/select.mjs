// Filters and drawn areas: one number, whoever says it. The selection bar, the figures, the table, the map,
// the exported file and the API asked from outside must agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { idsIn } from '../support/files.mjs';
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
  await by(page, 'drawing').waitFor({ state: 'attached' });
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

  test('a lasso by mouse: bar, figures, table, map, API and the exported files agree, and a receipt is run again', () =>
    asAdmin(world, {}, async (page, api, watch) => {
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
      const { rows } = await api.records({ f: hash });
      const wanted = rows.map(({ id }) => id).sort();
      for (const format of ['csv', 'xlsx', 'gpkg']) {
        if (format !== 'csv') {
          await by(page, 'export-another').click();
          await by(page, `export-${format}`).click();
          await by(page, 'export-receipt').waitFor();
        }
        const [download] = await Promise.all([page.waitForEvent('download'), by(page, 'export-download').click()]);
        assert.match(download.suggestedFilename(), new RegExp(`[.]${format}$`));
        assert.deepEqual(idsIn(format, await download.path()), wanted, format);
      }
      await by(page, 'export-verify').click();
      await by(page, 'export-same').waitFor();

      // After an edit of what the file holds the receipt says so instead.
      const { id, version, name } = rows[0];
      const edited = await api.patch(`/api/v1/accounts/${id}`, version, { name: `${name} 2` });
      watch.expect(/status of 409/);
      await by(page, 'export-verify').click();
      assert.match(await by(page, 'export-changed').innerText(), /\b1\b/);
      assert.equal(await by(page, 'export-same').count(), 0);
      await api.patch(`/api/v1/accounts/${id}`, edited.version, { name });
    }));

  test('a brush over the building years and the time slider are filters like any other', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, { ...atPoints(world), scope: 'selection' });
      const brush = by(page, 'year-histogram');
      await brush.scrollIntoViewIfNeeded();
      const across = async (part, from, to) => {
        const box = await part.boundingBox();
        const at = (share) => ({ x: box.x + box.width * share, y: box.y + box.height / 3 });
        await drag(page, [at(from), at((from + to) / 2), at(to)]);
      };
      await across(brush, 0.3, 0.7);
      let hash = await nextFilter(page, null);
      const { cql2 } = await api.get(`/api/v1/filters/${hash}`);
      assert.equal(cql2.op, 'between');
      const [, low, high] = cql2.args;
      const inYears = await api.count({ filter: cql2 });
      assert.ok(low < high && inYears > 0 && inYears < (await api.count()), `${inYears} built ${low} to ${high}`);
      for (const name of ['account-count', 'table-count']) await waitForCount(page, name, inYears);
      await brush.locator('[role="slider"]').first().focus();
      await page.keyboard.press('PageUp');
      hash = await nextFilter(page, hash);
      assert.deepEqual((await api.get(`/api/v1/filters/${hash}`)).cql2.args.slice(1), [low + 10, high]);
      await by(page, 'filters-clear-year').click();
      hash = await nextFilter(page, hash);

      const months = (await api.query({ dimensions: ['last_contact_month'] })).rows.map(({ keys }) => keys[0]).filter(Boolean).sort();
      const time = by(page, 'time-brush');
      await time.scrollIntoViewIfNeeded();
      await across(time, 0.5, 0.55);
      hash = await nextFilter(page, hash);
      const daysOf = async () => {
        const { args } = (await api.get(`/api/v1/filters/${searchOf(page).get('f')}`)).cql2;
        return args.slice(1).map(({ date }) => date);
      };
      const [from, to] = await daysOf();
      assert.match(from, /-01$/);
      assert.ok(from < to && to.slice(0, 7) <= months.at(-1), `${from} to ${to}`);
      const agrees = async () => {
        await by(page, 'scope-selection').click();
        await waitForCount(page, 'account-count', await api.count({ f: searchOf(page).get('f') }));
      };
      await agrees();
      await by(page, 'time-forward').focus();
      await page.keyboard.press('Enter');
      hash = await nextFilter(page, hash);
      const next = await daysOf();
      assert.ok(next[0] > from && next[1] > to, `${next} after ${[from, to]}`);
      await agrees();
      await by(page, 'time-brush-first').focus();
      await page.keyboard.press('ArrowLeft');
      hash = await nextFilter(page, hash);
      assert.deepEqual(await daysOf(), [from, next[1]]);
      await assertAccessible(page, 'time slider with a period');

      const before = await page.evaluate(() => history.length);
      await by(page, 'time-play').click();
      const seen = new Set([hash]);
      while (seen.size < 3) seen.add((hash = await nextFilter(page, hash)));
      await by(page, 'time-play').click();
      assert.equal(await page.evaluate(() => history.length), before, 'playing fills the history');
      const [played] = await daysOf();
      assert.ok(played > from, `${played} after ${from}`);
      await agrees();
      await by(page, 'time-clear').click();
      await page.waitForURL((url) => !url.searchParams.has('f'));
      await by(page, 'time-customer_since_on').click();
      await across(time, 0.8, 0.8);
      await page.waitForURL((url) => url.searchParams.has('f'));
      const [first, last] = await daysOf();
      assert.deepEqual([first.slice(4), last.slice(4)], ['-01-01', '-12-31']);
      await agrees();
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
