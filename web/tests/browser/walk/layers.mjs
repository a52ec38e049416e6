// Every kind of layer is drawn, and a legend's colour is the colour on the map: taken from the painted
// pixels, not from the style.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { idle, openMap, painted, rendered, viewOf } from '../support/map.mjs';
import { by, swatchColour } from '../support/screen.mjs';
import { asAdmin } from './setup.mjs';

/** Colours of the classes of the fill legend, low to high. */
async function classColours(page) {
  await by(page, 'class-0').waitFor();
  return by(page, 'fill-legend').locator('[data-testid^="class-"] i').evaluateAll((all) => all.map((i) => getComputedStyle(i).backgroundColor));
}

/** Equal but for what blending with a thin line nearby may change. */
function sameColour(a, b) {
  const [one, other] = [a, b].map((text) => text.match(/\d+/g).map(Number));
  return one.every((channel, i) => Math.abs(channel - other[i]) <= 3);
}

/** A higher figure never has a lower class, and no colour is drawn that the legend does not show. */
function assertClassed(samples, valueOf, colours) {
  const classes = new Map();
  for (const { value, colour } of samples) {
    const number = valueOf(value);
    if (number === undefined) continue;
    const at = colours.findIndex((legend) => sameColour(legend, colour));
    assert.ok(at >= 0, `${colour} at ${value} is not in the legend: ${colours.join(' ')}`);
    classes.set(value, { number, at });
  }
  const sorted = [...classes.values()].sort((a, b) => a.number - b.number);
  for (let i = 1; i < sorted.length; i += 1) assert.ok(sorted[i].at >= sorted[i - 1].at, 'a higher figure in a lower class');
  assert.ok(new Set(sorted.map(({ at }) => at)).size >= 3, `only ${sorted.length} places of fewer than three classes`);
}

export function layers(world) {
  test('a choropleth is painted in the colours of its legend', () =>
    asAdmin(world, {}, async (page, api) => {
      await openMap(page, world.origin, { on: '', v: viewOf(world.start, 12) });
      await rendered(page, 'regions');
      const fill = await by(page, 'fill-level').inputValue();
      assert.equal(fill, 'neighbourhood');
      const level = (property, value) => ({ op: '=', args: [{ property }, value] });
      await by(page, 'fill-settings').click();
      const [, indicator, year] = (await by(page, 'fill-figure').inputValue()).split('|');
      const answer = await api.query({
        measures: ['value_e4'], dimensions: ['code'],
        filter: { op: 'and', args: [level('level', fill), level('indicator', indicator), level('year', Number(year))] },
      }, 'regions');
      const values = new Map(answer.rows.map(({ keys, values: [value] }) => [keys[0], value]));
      assertClassed(await painted(page, 'regions', 'code'), (code) => values.get(code) ?? undefined, await classColours(page));
      await assertAccessible(page, 'map with the layers panel');
    }));

  test('hexagons replace the regions and are painted in the colours of their legend', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, { on: '', v: viewOf(world.start, 12) });
      await by(page, 'layer-switch-hexagons').click();
      await rendered(page, 'hexagons');
      await idle(page);
      assert.equal(await page.evaluate(() => Boolean(window.__geocrm.map.getLayer('regions'))), false);
      const samples = await painted(page, 'hexagons', 'value', 6);
      assertClassed(samples, Number, await classColours(page));
    }));

  test('buildings have the colour of their housing type', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, { fill: 'none', on: '', v: viewOf(world.busy, 15.2) });
      await by(page, 'layer-switch-buildings').click();
      await rendered(page, 'buildings');
      await page.locator('[data-testid^="building-"]').first().waitFor();
      await idle(page);
      const samples = await painted(page, 'buildings', 'housing_type', 5);
      const types = new Set(samples.map(({ value }) => value).filter(Boolean));
      assert.ok(types.size >= 2, `housing types seen: ${[...types].join()}`);
      for (const type of types) {
        const colour = await swatchColour(page, `building-${type}`);
        assert.deepEqual([...new Set(samples.filter(({ value }) => value === type).map((s) => s.colour))], [colour], type);
      }
    }));

  test('roads, business parks, flows, accounts and clusters are drawn beside each other', () =>
    asAdmin(world, {}, async (page) => {
      await openMap(page, world.origin, { fill: 'none', v: viewOf(world.start, 11.5) });
      assert.ok((await rendered(page, 'clusters')).every(({ count }) => count > 1));
      for (const id of ['parks', 'flows', 'roads']) await by(page, `layer-switch-${id}`).click();
      await rendered(page, 'flows');
      await rendered(page, 'parks');
      await page.evaluate(([lng, lat]) => window.__geocrm.map.jumpTo({ center: [lng, lat], zoom: 13.4 }), [world.busy.lng, world.busy.lat]);
      const roads = await rendered(page, 'condition', 'condition-bad');
      assert.ok(new Set(roads.map((road) => road.condition_class)).size >= 3);
      await rendered(page, 'accounts');
    }));
}
