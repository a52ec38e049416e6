// The table beside the map: rows and columns of what is in view, totals that are the server's, and periods compared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible } from '../support/browser.mjs';
import { openMap, viewOf } from '../support/map.mjs';
import { by, said } from '../support/screen.mjs';
import { englishIn } from '../support/texts.mjs';
import { asAdmin } from './setup.mjs';

/** Texts of a table's cells, a list a row. */
const cells = (page, name) =>
  by(page, name)
    .locator('tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));

const whole = (text) => Number(text.replaceAll(/[^\d-]/g, '') || 0);

export function pivot(world) {
  test('a table of categories by status, its totals, another measure, and years beside the one before', () =>
    asAdmin(world, {}, async (page, api) => {
      const filter = { op: '=', args: [{ property: 'kind' }, 'organisation'] };
      const hash = await api.filter(filter);
      await openMap(page, world.origin, { v: viewOf(world.start, 9), f: hash });
      await by(page, 'scope-selection').click();
      // By keyboard, as a tab of its own.
      await by(page, 'tab-widgets').focus();
      await page.keyboard.press('ArrowRight');
      await by(page, 'pivot').waitFor();
      await page.locator('.widgets[aria-busy="false"]').waitFor();
      await assertAccessible(page, 'pivot');

      const asked = await api.post('/api/v1/cubes/accounts/pivot', { filter, rows: ['category'], columns: ['status'], measures: ['count'] });
      const shown = await cells(page, 'pivot');
      // The first column is called what its rows are.
      assert.equal(shown[0][0], await by(page, 'pivot-rows').locator('option:checked').textContent());
      assert.equal(whole(shown.at(-1).at(-1)), asked.total[0]);
      assert.equal(asked.total[0], await api.count({ filter }));
      assert.deepEqual(shown.at(-1).slice(1, -1).map(whole), asked.columns.map(({ total }) => total[0]));
      // Every row adds up to its total, since a count does.
      for (const row of shown.slice(1)) assert.equal(row.slice(1, -1).map(whole).reduce((a, b) => a + b, 0), whole(row.at(-1)), row.join(' '));

      await by(page, 'pivot-rows').selectOption('customer_since_year');
      await by(page, 'pivot-compare').selectOption('period');
      await by(page, 'comparison').waitFor();
      await assertAccessible(page, 'periods compared');
      const years = new Map((await cells(page, 'comparison')).slice(1).map(([year, now, before, change]) => [whole(year), { now, before, change }]));
      const counts = new Map([...(await api.counts('customer_since_year', { filter }))].map(([year, count]) => [Number(year), count]));
      let compared = 0;
      for (const [year, { now, before, change }] of years) {
        assert.equal(whole(now), counts.get(year), `${year}`);
        if (!years.has(year - 1)) continue;
        assert.equal(whole(before), counts.get(year - 1));
        assert.equal(whole(change.replace('−', '-')), whole(now) - whole(before));
        compared += 1;
      }
      assert.ok(compared > 2, `${compared} years beside the one before`);

      // Customers per 1,000 dwellings of the districts: of all addresses there, whoever lives at them.
      await by(page, 'pivot-rows').selectOption('district');
      await by(page, 'pivot-columns').selectOption('');
      await by(page, 'pivot-figure').selectOption('customers_per_dwelling');
      await page.locator('.widgets[aria-busy="false"]').waitFor();
      await by(page, 'pivot').waitFor();
      const [customers, dwellings] = [
        await api.post('/api/v1/cubes/accounts/query', { filter, measures: ['customers'] }),
        await api.post('/api/v1/cubes/addresses/query', { measures: ['dwellings'] }),
      ].map(({ rows }) => rows[0].values[0]);
      const perThousand = Math.round((customers / dwellings) * 10_000) / 10;
      assert.equal(Number((await cells(page, 'pivot')).at(-1).at(-1)), perThousand);
      await assertAccessible(page, 'figures per dwelling');

      const english = englishIn();
      await by(page, 'locale-nl').click();
      await page.waitForFunction(() => document.documentElement.lang === 'nl');
      await page.locator('.pivot-choices').getByText('Rijen', { exact: true }).waitFor();
      assert.deepEqual((await said(page)).flatMap(english), []);
    }));
}
