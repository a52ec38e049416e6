// Down and up the region levels, by mouse and by keyboard: the breadcrumb says where one is, and the regions
// inside a region add up to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { idle, openMap, rendered, viewOf } from '../support/map.mjs';
import { by, nextFilter, searchOf, waitForCount } from '../support/screen.mjs';
import { asAdmin } from './setup.mjs';

const start = (world) => ({ v: viewOf(world.start, 11.7), fill: 'reg,municipality,c,accounts,count', on: '' });
const inside = (level, code) => ({ filter: { op: '=', args: [{ property: level }, code] } });

/** A place on the page that lies in a region of the fill layer, and which region that is. */
async function someRegion(page) {
  await rendered(page, 'regions');
  return page.evaluate(() => {
    const { map } = window.__geocrm;
    const box = map.getContainer().getBoundingClientRect();
    for (let y = 80; y < box.height - 120; y += 24) {
      for (let x = 60; x < box.width - 60; x += 24) {
        const [found] = map.queryRenderedFeatures([x, y], { layers: ['regions'] });
        if (found) return { x: x + box.left, y: y + box.top, code: found.properties.code };
      }
    }
    return null;
  });
}

/** What the page says about the region it is in, against the API. Returns the regions inside it. */
async function assertInside(page, api, level, code) {
  const region = await api.get(`/api/v1/regions/${level}/${code}`);
  await page.waitForFunction((name) => document.querySelector('[data-testid="inspector-title"]')?.textContent === name, region.name);
  await by(page, 'breadcrumb').locator('[aria-current="location"]', { hasText: region.name }).waitFor();
  const count = await api.count(inside(level, code));
  await waitForCount(page, 'selection-count', count);
  await waitForCount(page, 'table-count', count);
  if (!region.children_level) return [];
  await page.locator('[data-testid^="child-"]').first().waitFor();
  const children = await page.locator('[data-testid^="child-"]').evaluateAll((bars) =>
    bars.map((bar) => ({ code: bar.dataset.testid.slice('child-'.length), count: Number(bar.querySelector('.num').textContent.replaceAll(/\D/g, '')) })),
  );
  assert.equal(children.reduce((sum, child) => sum + child.count, 0), count, `the parts of ${region.name}`);
  return children.map((child) => ({ ...child, level: region.children_level }));
}

export function drill(world) {
  test('drilling by mouse from municipality to neighbourhood and back', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, start(world));
      const region = await someRegion(page);
      await page.mouse.click(region.x, region.y);
      let hash = await nextFilter(page, null);
      let [child] = await assertInside(page, api, 'municipality', region.code);
      await assertAccessible(page, 'inspector of a region');
      const visited = ['municipality'];
      while (child) {
        await by(page, `child-${child.code}`).click();
        hash = await nextFilter(page, hash);
        visited.push(child.level);
        [child] = await assertInside(page, api, child.level, child.code);
      }
      assert.equal(visited.at(-1), 'neighbourhood');
      await by(page, 'breadcrumb').getByRole('button').first().click();
      await nextFilter(page, hash);
      assert.equal(searchOf(page).get('f'), null);
    }));

  test('drilling by keyboard into the region in the middle, and up again', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, start(world));
      await rendered(page, 'regions');
      await page.evaluate(() => window.__geocrm.map.getCanvas().focus());
      await page.keyboard.press('Enter');
      const hash = await nextFilter(page, null);
      const { cql2 } = await api.get(`/api/v1/filters/${hash}`);
      const code = cql2.args[1];
      const [child] = await assertInside(page, api, 'municipality', code);
      await by(page, `child-${child.code}`).focus();
      await page.keyboard.press('Enter');
      const deeper = await nextFilter(page, hash);
      await assertInside(page, api, child.level, child.code);
      await idle(page);
      await page.evaluate(() => window.__geocrm.map.getCanvas().focus());
      await page.keyboard.press('Backspace');
      assert.equal(await nextFilter(page, deeper), hash);
      await assertInside(page, api, 'municipality', code);
    }));
}
