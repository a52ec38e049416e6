// A record in the inspector: its pin moved by mouse and by keyboard, with map, figures and table following;
// and two people editing the same field, neither of whom is silently overwritten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { accountPlace, idle, onScreen, openMap, viewOf } from '../support/map.mjs';
import { by, searchOf, shownCount, waitForCount } from '../support/screen.mjs';
import { asAdmin } from './setup.mjs';

const equals = (property, value) => ({ op: '=', args: [{ property }, value] });
const ALL_POINTS = ['accounts', 'accounts-doubtful', 'accounts-outside'];

/** The first account of the busiest neighbourhood that was placed by its address alone. */
async function someAccount(world, api) {
  const filter = { op: 'and', args: [equals('neighbourhood', world.busy.code), equals('place_state', 'matched')] };
  const { rows } = await api.records({ filter, order: [{ by: 'revenue_cents', descending: true }] });
  return rows[0];
}

/** A free point of the map that lies in another neighbourhood, and that neighbourhood. */
async function elsewhere(page, api, level, code) {
  const spots = await page.evaluate(() => {
    const { map } = window.__geocrm;
    const box = map.getContainer().getBoundingClientRect();
    const out = [];
    for (let y = 60; y < box.height - 60; y += 40) {
      for (let x = 60; x < box.width - 60; x += 40) {
        // The pin is held at its head, above the point it shows.
        const free = [0, 10, 20].every((up) => document.elementFromPoint(box.left + x, box.top + y - up) === map.getCanvas());
        if (free) out.push(map.unproject([x, y]).toArray());
      }
    }
    return out;
  });
  for (const [lng, lat] of spots) {
    const { regions } = await api.get(`/api/v1/surroundings?lng=${lng}&lat=${lat}&radius_m=50`);
    const found = regions.find((region) => region.level === level);
    if (found && found.code !== code) return { point: [lng, lat], code: found.code };
  }
  throw new Error(`the whole map lies in ${code}`);
}

const placeSaved = (page) => page.waitForResponse((answer) => answer.url().endsWith('/place') && answer.request().method() === 'PUT');

/** Waits until the map draws the account where the API has it. */
async function drawnAt(page, id, place, layers = ALL_POINTS) {
  await page.waitForFunction(
    ([wanted, ids, lng, lat]) => {
      const { map } = window.__geocrm;
      return map
        .queryRenderedFeatures({ layers: ids.filter((layer) => map.getLayer(layer)) })
        .some(({ properties, geometry }) => properties.id === wanted && Math.abs(geometry.coordinates[0] - lng) < 2e-5 && Math.abs(geometry.coordinates[1] - lat) < 2e-5);
    },
    [id, layers, place.lng, place.lat],
    { polling: 100 },
  );
}

/** Zoom of the quads that events name. */
const QUAD_ZOOM = 12;

/** The tile a place lies in. */
function tileAt({ lng, lat }, z) {
  const sin = Math.sin((lat * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
  return { z, x: Math.floor(((lng + 180) / 360) * 2 ** z), y: Math.floor(y * 2 ** z) };
}

/** Whether one of two tiles lies in the other. */
function meets(a, b) {
  const z = Math.min(a.z, b.z);
  return a.x >> (a.z - z) === b.x >> (b.z - z) && a.y >> (a.z - z) === b.y >> (b.z - z);
}

/** Collects the tiles the page asks for from here on. */
function watchTiles(page) {
  const tiles = [];
  page.on('request', (request) => {
    const tile = /tiles\/(\w+)\/(\d+)\/(\d+)\/(\d+)\.mvt/.exec(request.url());
    if (tile) tiles.push({ layer: tile[1], z: Number(tile[2]), x: Number(tile[3]), y: Number(tile[4]) });
  });
  return tiles;
}

/** When map, figures, chart and table of a page had followed an account out of the filter. */
const whenFollowed = (page, id, count) =>
  page.evaluate(
    ([wanted, left]) =>
      new Promise((resolve, reject) => {
        const { map } = window.__geocrm;
        const started = Date.now();
        const shown = (name) => Number(document.querySelector(`[data-testid="${name}"]`)?.getAttribute('data-count'));
        const chart = () => [...document.querySelectorAll('[data-testid^="segment-"] .num')].map(({ textContent }) => textContent).join();
        const first = chart();
        const holds = {
          figures: () => shown('account-count') === left && shown('selection-count') === left,
          chart: () => chart() !== first,
          table: () => shown('table-count') === left && !document.querySelector(`[data-testid="table-row"][data-id="${wanted}"]`),
          tile: () => !map.queryRenderedFeatures({ layers: ['accounts'] }).some(({ properties }) => properties.id === wanted),
        };
        const at = {};
        const look = () => {
          for (const [what, is] of Object.entries(holds)) if (!(what in at) && is()) at[what] = Date.now();
          if (Object.keys(at).length === Object.keys(holds).length) resolve(at);
          else if (Date.now() - started > 20_000) reject(new Error(`only these followed: ${Object.keys(at).join()}`));
          else setTimeout(look, 15);
        };
        look();
      }),
    [id, count],
  );

export function edit(world) {
  test('a pin dragged to another neighbourhood: tile, figures and table follow, and Undo brings it back', () =>
    asAdmin(world, {}, async (page, api) => {
      const account = await someAccount(world, api);
      const { code } = account.regions.neighbourhood;
      const hash = await api.filter(equals('neighbourhood', code));
      await openMap(page, world.origin, { v: viewOf(account.place, 14), fill: 'none', f: hash, sel: `account:${account.id}`, scope: 'selection' });
      const before = await api.count({ f: hash });
      await waitForCount(page, 'table-count', before);
      await drawnAt(page, account.id, account.place, ['accounts']);
      await by(page, 'place-state').waitFor();
      await assertAccessible(page, 'inspector of an account');
      await by(page, 'drawer-toggle').click();
      await page.locator(`[data-testid="table-row"][data-id="${account.id}"]`).waitFor();

      await by(page, 'move-pin-button').click();
      await by(page, 'move-pin').waitFor();
      await idle(page);
      const target = await elsewhere(page, api, 'neighbourhood', code);
      const pin = await by(page, 'move-pin').boundingBox();
      const [from, to] = await onScreen(page, [[account.place.lng, account.place.lat], target.point]);
      const grip = { x: pin.x + pin.width / 2, y: pin.y + pin.height / 2 };
      await page.mouse.move(grip.x, grip.y);
      await page.mouse.down();
      await page.mouse.move(grip.x + to.x - from.x, grip.y + to.y - from.y, { steps: 8 });
      const [saved] = await Promise.all([placeSaved(page), page.mouse.up()]);
      const moved = await saved.json();
      assert.equal(moved.place_state, 'pinned');
      assert.equal(moved.regions.neighbourhood.code, target.code);

      for (const name of ['selection-count', 'table-count']) await waitForCount(page, name, before - 1);
      await drawnAt(page, account.id, moved.place);
      assert.equal(await accountPlace(page, account.id, ['accounts']), null, 'it is still drawn inside the filter');
      await page.locator(`[data-testid="table-row"][data-id="${account.id}"]`).waitFor({ state: 'detached' });
      await by(page, 'tab-widgets').click();
      assert.equal(await shownCount(page, 'account-count'), before - 1);
      assert.equal(await api.count({ f: hash }), before - 1);

      await Promise.all([placeSaved(page), page.getByRole('status').getByRole('button', { name: 'Undo' }).click()]);
      for (const name of ['selection-count', 'table-count', 'account-count']) await waitForCount(page, name, before);
      await drawnAt(page, account.id, account.place, ['accounts']);

      // Let go over the toolbar, the pin is let go all the same.
      await by(page, 'tab-inspector').click();
      await by(page, 'move-pin-button').click();
      const again = await by(page, 'move-pin').boundingBox();
      const bar = await by(page, 'tool-lasso').boundingBox();
      await page.mouse.move(again.x + again.width / 2, again.y + again.height / 2);
      await page.mouse.down();
      await page.mouse.move(bar.x + bar.width / 2, bar.y + bar.height / 2, { steps: 8 });
      await Promise.all([placeSaved(page), page.mouse.up()]);
      await by(page, 'move-pin').waitFor({ state: 'detached' });
      await Promise.all([placeSaved(page), page.getByRole('status').getByRole('button', { name: 'Undo' }).last().click()]);
      await waitForCount(page, 'selection-count', before);
    }));

  test('two sessions: a pin dragged in one, and within a second tile, figures and table of the other follow', () =>
    asAdmin(world, {}, (mine, api) =>
      asAdmin(world, { viewport: { width: 1500, height: 760 } }, async (theirs) => {
        const account = await someAccount(world, api);
        const { place, regions } = account;
        const hash = await api.filter(equals('neighbourhood', regions.neighbourhood.code));
        const before = await api.count({ f: hash });
        const shared = { fill: 'none', f: hash, scope: 'selection' };
        // The other map shows the account and, across the edge of its quad, tiles that nothing happens in.
        const quad = tileAt(place, QUAD_ZOOM);
        const side = 360 / 2 ** QUAD_ZOOM;
        const edge = (quad.x + Math.round((place.lng + 180) / side - quad.x)) * side - 180;
        const loaded = watchTiles(theirs);
        await openMap(theirs, world.origin, { ...shared, v: viewOf({ lng: edge, lat: place.lat }, 13) });
        await theirs.keyboard.press('[');
        await by(theirs, 'drawer-toggle').click();
        await theirs.locator(`[data-testid="table-row"][data-id="${account.id}"]`).waitFor();
        await waitForCount(theirs, 'account-count', before);
        await idle(theirs);
        assert.ok(await accountPlace(theirs, account.id, ['accounts']), 'the account is not in view');

        await openMap(mine, world.origin, { ...shared, v: viewOf(place, 14), sel: `account:${account.id}` });
        const target = await elsewhere(mine, api, 'neighbourhood', regions.neighbourhood.code);
        const touched = [tileAt(place, QUAD_ZOOM), tileAt({ lng: target.point[0], lat: target.point[1] }, QUAD_ZOOM)];
        const records = loaded.filter(({ layer }) => layer === 'accounts');
        assert.ok(records.some((tile) => !touched.some((one) => meets(tile, one))), 'every tile in view is touched');
        await by(mine, 'move-pin-button').click();
        const pin = await by(mine, 'move-pin').boundingBox();
        const [from, to] = await onScreen(mine, [[place.lng, place.lat], target.point]);
        const grip = { x: pin.x + pin.width / 2, y: pin.y + pin.height / 2 };
        await mine.mouse.move(grip.x, grip.y);
        await mine.mouse.down();
        await mine.mouse.move(grip.x + to.x - from.x, grip.y + to.y - from.y, { steps: 8 });

        const fetched = watchTiles(theirs);
        const followed = whenFollowed(theirs, account.id, before - 1);
        const [saved] = await Promise.all([placeSaved(mine), mine.mouse.up()]);
        const savedAt = Date.now();
        const version = (await saved.json()).version;
        const lags = Object.entries(await followed).map(([what, at]) => [what, at - savedAt]);
        for (const [what, lag] of lags) assert.ok(lag <= 1000, `${what} followed after ${lag} ms`);
        assert.ok(fetched.length > 0);
        for (const tile of fetched) {
          assert.equal(tile.layer, 'accounts');
          assert.ok(touched.some((one) => meets(tile, one)), `${JSON.stringify(tile)} was fetched, though only ${JSON.stringify(touched)} changed`);
        }
        const back = await api.put(`/api/v1/accounts/${account.id}/place`, version, place);
        assert.equal(back.regions.neighbourhood.code, regions.neighbourhood.code);
        await waitForCount(theirs, 'account-count', before);
        await theirs.locator(`[data-testid="table-row"][data-id="${account.id}"]`).waitFor();
      }),
    ));

  test('a pin moved by keyboard, and the place found again from the address', () =>
    asAdmin(world, {}, async (page, api) => {
      const account = await someAccount(world, api);
      await openMap(page, world.origin, { v: viewOf(account.place, 16), fill: 'none', sel: `account:${account.id}` });
      await by(page, 'move-pin-button').focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.dataset.testid === 'move-pin');
      for (const key of ['Shift+ArrowRight', 'Shift+ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
      const [saved] = await Promise.all([placeSaved(page), page.keyboard.press('Enter')]);
      const moved = await saved.json();
      assert.ok(moved.place.lng > account.place.lng && moved.place.lat < account.place.lat, JSON.stringify([account.place, moved.place]));
      await drawnAt(page, account.id, moved.place);

      const found = page.waitForResponse((answer) => answer.url().endsWith('/geocode') && answer.request().method() === 'POST');
      await by(page, 'geocode-button').click();
      const back = await (await found).json();
      assert.equal(back.place_state, 'matched');
      assert.deepEqual(back.place, account.place);
      await drawnAt(page, account.id, account.place);
    }));

  test('a doubtful account is a diamond at its suggested place, and a click opens it', () =>
    asAdmin(world, {}, async (page, api) => {
      // A door that is there, with an addition that is not.
      const filter = equals('neighbourhood', world.busy.code);
      const { rows } = await api.post('/api/v1/cubes/addresses/records', { filter, limit: 1 });
      const { street, house_number: number, postcode, city } = rows[0];
      const address = { street, house_number: `${number}-99`, postcode, city };
      const account = await api.post('/api/v1/accounts', { name: 'Twijfelgeval', kind: 'organisation', status: 'prospect', address });
      assert.equal(account.place_state, 'doubtful');
      await openMap(page, world.origin, { v: viewOf(account.place, 17), fill: 'none' });
      await drawnAt(page, account.id, account.place, ['accounts-doubtful']);
      assert.equal(await accountPlace(page, account.id, ['accounts']), null, 'it is drawn as a confirmed one too');
      const [point] = await onScreen(page, [[account.place.lng, account.place.lat]]);
      await page.mouse.click(point.x, point.y);
      await page.waitForFunction((id) => new URLSearchParams(location.search).get('sel') === `account:${id}`, account.id);
      await page.waitForFunction((name) => document.querySelector('[data-testid="inspector-title"]')?.textContent === name, account.name);
      assert.match(await by(page, 'place-state').innerText(), /doubtful/i);
      await api.send('DELETE', `/api/v1/accounts/${account.id}`, undefined, { 'if-match': `"${account.version}"` });
    }));

  test('a name that someone else changed meanwhile is not overwritten unasked', () =>
    asAdmin(world, {}, async (page, api, watch) => {
      const account = await someAccount(world, api);
      await openMap(page, world.origin, { v: viewOf(account.place, 16), fill: 'none', sel: `account:${account.id}` });
      await by(page, 'edit-name').click();
      await by(page, 'input-name').fill('Mine');
      const { version } = await api.get(`/api/v1/accounts/${account.id}`);
      const news = page.waitForResponse((answer) => answer.url().endsWith(`/accounts/${account.id}`) && answer.request().method() === 'GET');
      const theirs = await api.patch(`/api/v1/accounts/${account.id}`, version, { name: 'Theirs' });
      await (await news).finished();
      watch.expect(/status of 412/);
      await by(page, 'input-name').press('Enter');
      const conflict = by(page, 'conflict');
      await conflict.waitFor();
      assert.match(await conflict.innerText(), /Mine[\s\S]*Theirs/);
      await assertAccessible(page, 'conflict between two edits');
      assert.equal((await api.get(`/api/v1/accounts/${account.id}`)).version, theirs.version);
      await conflict.locator('.btn.primary').click();
      await conflict.waitFor({ state: 'detached' });
      await page.waitForFunction(() => document.querySelector('[data-testid="inspector-title"]')?.textContent === 'Mine');
      const after = await api.get(`/api/v1/accounts/${account.id}`);
      assert.equal(after.name, 'Mine');
      await api.patch(`/api/v1/accounts/${account.id}`, after.version, { name: account.name });
      assert.equal(searchOf(page).get('sel'), `account:${account.id}`);
    }));
}
