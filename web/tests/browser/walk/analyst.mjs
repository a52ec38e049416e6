// An analyst sees sums of everything and no record; what is not told of households is said, in both languages and on a
// phone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOf } from '../support/api.mjs';
import { PHONE, assertAccessible, newContext } from '../support/browser.mjs';
import { openMap, ready, viewOf } from '../support/map.mjs';
import { by, said, waitForCount } from '../support/screen.mjs';
import { englishIn } from '../support/texts.mjs';
import { asAdmin } from './setup.mjs';

const ANNA = { email: 'anna@example.org', password: 'every horse counts once' };

export function analyst(world) {
  test('an analyst sees sums, no record, and is told how households are in them', () =>
    asAdmin(world, {}, async (_page, admin) => {
      await world.server.run(['user', 'add', '--name', 'Anna Visser', '--email', ANNA.email, '--role', 'analyst'], `${ANNA.password}\n`);
      const organisations = { op: '=', args: [{ property: 'kind' }, 'organisation'] };
      const watch = await newContext(world.browser, world.origin);
      try {
        const page = await watch.context.newPage();
        await page.goto(`${world.origin}/map?${new URLSearchParams({ test: '', v: viewOf(world.busy, 13.1) })}`);
        await page.getByLabel('E-mail').fill(ANNA.email);
        await page.getByLabel('Password', { exact: true }).fill(ANNA.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await ready(page);
        await by(page, 'persons-note').waitFor();
        await assertAccessible(page, 'an analyst’s map');

        const anna = apiOf(world.origin, watch.context);
        const hash = await anna.filter(organisations);
        await openMap(page, world.origin, { v: viewOf(world.busy, 13.1), f: hash });
        await by(page, 'scope-selection').click();
        await waitForCount(page, 'account-count', await admin.count({ filter: organisations }));
        await by(page, 'persons-note').waitFor({ state: 'detached' });
        assert.equal((await anna.records({})).total, 0);
        await by(page, 'drawer-toggle').click();
        await waitForCount(page, 'table-count', 0);
        await by(page, 'drawer-toggle').click();

        const { lng, lat } = world.busy;
        await openMap(page, world.origin, { v: viewOf(world.busy, 13.1), sel: `place:${lng},${lat}` });
        await by(page, 'surroundings').getByText('organisations only').waitFor();
        await assertAccessible(page, 'surroundings for an analyst');

        await by(page, 'tab-pivot').click();
        await by(page, 'pivot').waitFor();
        await by(page, 'persons-note').waitFor();
        const english = englishIn();
        await by(page, 'locale-nl').click();
        await page.waitForFunction(() => document.documentElement.lang === 'nl');
        await page.locator('.widgets[aria-busy="false"]').waitFor();
        assert.deepEqual((await said(page)).flatMap(english), []);

        await page.setViewportSize(PHONE);
        await openMap(page, world.origin, { v: viewOf(world.busy, 13.1) });
        await by(page, 'persons-note').waitFor();
        await assertAccessible(page, 'an analyst’s phone');
        watch.assertQuiet();
      } finally {
        await watch.context.close();
      }
    }));
}
