// Language, theme, phone and keyboard: the same application for everyone, and a link that opens what one saw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, assertAccessible } from '../support/browser.mjs';
import { idle, openMap, painted, ready, rendered, view, viewOf } from '../support/map.mjs';
import { by, said, searchOf, shownCount, waitForCount } from '../support/screen.mjs';
import { englishIn } from '../support/texts.mjs';
import { asAdmin } from './setup.mjs';

const stopOf = (page) => page.locator('.sheet').getAttribute('data-stop');

export function looks(world) {
  test('Dutch leaves no English behind, writes decimal commas, and a reload keeps the view', () =>
    asAdmin(world, {}, async (page, api) => {
      const hash = await api.filter({ op: '=', args: [{ property: 'status' }, 'customer'] });
      await openMap(page, world.origin, { v: viewOf(world.busy, 13.4), f: hash });
      await rendered(page, 'regions');
      await by(page, 'account-count').waitFor();
      await by(page, 'drawer-toggle').click();
      await by(page, 'table-row').first().waitFor();
      const english = englishIn();
      assert.ok((await said(page)).flatMap(english).length > 30, 'the check would not know English from Dutch');

      await by(page, 'locale-nl').click();
      await page.waitForFunction(() => document.documentElement.lang === 'nl');
      await idle(page);
      assert.deepEqual((await said(page)).flatMap(english), []);
      await by(page, 'tab-filters').click();
      assert.deepEqual((await said(page)).flatMap(english), []);
      const share = await page.locator('.figure-row').innerText();
      assert.match(share, /\d,\d\s*%/);
      assert.doesNotMatch(share, /\d\.\d\s*%/);
      assert.match(await by(page, 'revenue').innerText(), /^€\s/);

      // The table is not part of a link, and it takes room from the map.
      await by(page, 'drawer-toggle').click();
      await page.evaluate(() => window.__geocrm.map.jumpTo({ zoom: 14.25 }));
      await page.waitForURL((url) => url.searchParams.get('v')?.startsWith('14.25/'));
      await page.locator('.widgets[aria-busy="false"]').waitFor();
      const before = await view(page);
      const address = page.url();
      await by(page, 'tab-layers').click();
      const count = await shownCount(page, 'account-count');
      await page.reload();
      await ready(page);
      const after = await view(page);
      assert.equal(page.url(), address);
      for (const part of ['lng', 'lat', 'zoom']) assert.ok(Math.abs(after[part] - before[part]) < 1e-4, part);
      await waitForCount(page, 'account-count', count);
      await by(page, 'chip-status').waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'nl');
      await by(page, 'locale-en').click();
      await page.waitForFunction(() => document.documentElement.lang === 'en');
    }));

  test('dark: page, legend and map change together', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, { v: viewOf(world.busy, 15.2), fill: 'none', on: 'buildings:housing_type' });
      await rendered(page, 'buildings');
      await by(page, 'theme-switch').click();
      await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
      await idle(page);
      const samples = await painted(page, 'buildings', 'housing_type', 6);
      const { value: type } = samples.find(({ value }) => value);
      const swatch = await by(page, `building-${type}`).locator('i').evaluate((i) => getComputedStyle(i).backgroundColor);
      assert.ok(samples.filter(({ value }) => value === type).every(({ colour }) => colour === swatch));
      await assertAccessible(page, 'dark map with the layers panel');
      await by(page, 'tab-filters').click();
      await by(page, 'drawer-toggle').click();
      await by(page, 'table-row').first().waitFor();
      await assertAccessible(page, 'dark map with filters and table');
    }));

  test('on a phone the map fills the screen and one sheet with three stops holds the rest', () =>
    asAdmin(world, { viewport: PHONE, hasTouch: true }, async (page) => {
      await openMap(page, world.origin, { v: viewOf(world.busy, 13.4) });
      const { box } = await view(page);
      assert.deepEqual([box.width, box.height], [PHONE.width, PHONE.height]);
      assert.equal(await stopOf(page), 'half');
      await assertAccessible(page, 'phone, sheet half open');
      const handle = by(page, 'sheet-handle');
      await handle.focus();
      await page.keyboard.press('ArrowUp');
      assert.equal(await stopOf(page), 'full');
      await by(page, 'tab-list').click();
      await by(page, 'table-row').first().waitFor();
      await assertAccessible(page, 'phone, list in the full sheet');
      const at = await handle.boundingBox();
      await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
      await page.mouse.down();
      await page.mouse.move(at.x + at.width / 2, PHONE.height - 60, { steps: 6 });
      await page.mouse.up();
      assert.equal(await stopOf(page), 'low');
      await handle.focus();
      await page.keyboard.press('ArrowUp');
      await by(page, 'tab-layers').click();
      await assertAccessible(page, 'phone, layers');
      await by(page, 'tab-filters').click();
      await assertAccessible(page, 'phone, filters');
      await by(page, 'tab-list').click();
      await by(page, 'table-row').first().click();
      await by(page, 'account-inspector').waitFor();
      await assertAccessible(page, 'phone, an account');
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    }));

  test('with the keyboard alone one gets to the map, its tools, the panels and the help', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, { v: viewOf(world.busy, 13.4) });
      const focused = () =>
        page.evaluate(() => {
          const element = document.activeElement;
          return element?.classList.contains('maplibregl-canvas') ? 'map' : (element?.dataset.testid ?? element?.id ?? element?.className ?? '');
        });
      await page.keyboard.press('Tab');
      assert.match(await page.evaluate(() => document.activeElement.className), /skip/);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      const order = [await focused()];
      assert.equal(order[0], 'map', 'the skip link leads to the map');
      for (let i = 0; i < 8; i += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      for (const tool of ['select', 'rectangle', 'lasso', 'polygon', 'radius']) assert.ok(order.includes(`tool-${tool}`), `${tool} in ${order}`);

      await page.reload();
      await ready(page);
      const seen = new Set();
      for (let i = 0; i < 120 && !(seen.has('map') && seen.has('tool-lasso') && seen.has('drawer-toggle') && seen.has('tab-widgets')); i += 1) {
        await page.keyboard.press('Tab');
        seen.add(await focused());
      }
      for (const name of ['search', 'user-menu', 'tab-layers', 'map', 'tool-lasso', 'drawer-toggle', 'tab-widgets']) assert.ok(seen.has(name), `${name} in ${[...seen]}`);

      await page.keyboard.press('?');
      const help = page.getByRole('dialog');
      await help.waitFor();
      await assertAccessible(page, 'list of keys');
      await page.keyboard.press('Escape');
      await help.waitFor({ state: 'detached' });
      await page.keyboard.press('t');
      await by(page, 'table-row').first().waitFor();
      await page.keyboard.press('/');
      assert.equal(await focused(), 'search');
      await page.keyboard.type(world.busy.name.slice(0, 6));
      await page.getByRole('option').first().waitFor();
      await assertAccessible(page, 'search results');
      await page.keyboard.press('Escape');
      assert.equal(searchOf(page).get('f'), null);
    }));
}
