// A representative of one territory sees their own records and no trace of the others: in counts, table, tiles,
// links, search and export.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOf } from '../support/api.mjs';
import { assertAccessible, newContext } from '../support/browser.mjs';
import { accountsInView, idle, openMap, ready, rendered, viewOf } from '../support/map.mjs';
import { by, waitForCount } from '../support/screen.mjs';
import { asAdmin } from './setup.mjs';

const TERRITORY = 'T01';
const RITA = { email: 'rita@example.org', password: 'a horse of another colour' };

export function representative(world) {
  test('a representative signs in and sees the records of the own territory only', () =>
    asAdmin(world, {}, async (_page, admin) => {
      await world.server.run(['user', 'add', '--name', 'Rita Mulder', '--email', RITA.email, '--territory', TERRITORY], `${RITA.password}\n`);
      const mine = { op: '=', args: [{ property: 'territory' }, TERRITORY] };
      const [own, others] = [await admin.records({ filter: mine }), await admin.records({ filter: { op: 'not', args: [mine] } })];
      const ownIds = new Set(own.rows.map(({ id }) => id));
      const place = own.rows.find((account) => account.place).place;

      const watch = await newContext(world.browser, world.origin);
      try {
        const page = await watch.context.newPage();
        await page.goto(`${world.origin}/map?${new URLSearchParams({ test: '', fill: 'none', v: viewOf(place, 13.1) })}`);
        await page.getByLabel('E-mail').fill(RITA.email);
        await page.getByLabel('Password', { exact: true }).fill('not the right one');
        watch.expect(/status of 401/);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('alert').waitFor();
        await assertAccessible(page, 'refused sign-in');
        await page.getByLabel('Password', { exact: true }).fill(RITA.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await ready(page);
        await rendered(page, 'accounts');
        await idle(page);

        const rita = apiOf(world.origin, watch.context);
        assert.equal(await rita.count(), own.total);
        const { ids, bbox } = await accountsInView(page);
        assert.ok(ids.length > 0 && ids.every((id) => ownIds.has(id)));
        assert.deepEqual(ids, (await admin.records({ filter: mine, bbox })).rows.map(({ id }) => id).sort());
        await by(page, 'drawer-toggle').click();
        await by(page, 'table-row').first().waitFor();
        const rows = await by(page, 'table-row').evaluateAll((all) => all.map((row) => row.dataset.id));
        assert.ok(rows.every((id) => ownIds.has(id)));

        await openMap(page, world.origin, { fill: 'none', v: viewOf(world.start, 10) });
        await waitForCount(page, 'account-count', own.rows.filter((account) => account.place).length);
        const clusters = await rendered(page, 'clusters', 'accounts');
        assert.ok(clusters.reduce((sum, { count }) => sum + (count ?? 1), 0) <= own.total);

        const other = others.rows.find((account) => !own.rows.some(({ name }) => name === account.name));
        watch.expect(/status of 404/);
        await openMap(page, world.origin, { sel: `account:${other.id}` });
        await by(page, 'account-inspector').waitFor({ state: 'detached' });
        await page.waitForFunction((name) => !document.body.textContent.includes(name), other.name);
        const found = await rita.get(`/api/v1/search?q=${encodeURIComponent(other.name)}`);
        assert.ok(found.accounts.every(({ id }) => ownIds.has(id)));
        const written = await rita.post('/api/v1/exports', { cube: 'accounts', format: 'csv', locale: 'en' });
        assert.equal(written.rows, own.total);
        watch.assertQuiet();
      } finally {
        await watch.context.close();
      }
    }));
}
