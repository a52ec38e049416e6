// From the one-time link to the map, once; the other parts go on with the session it makes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiOf } from '../support/api.mjs';
import { assertAccessible, newContext } from '../support/browser.mjs';
import { ready } from '../support/map.mjs';

export const ADMIN = { name: 'Ada Lovelace', email: 'ada@example.org', password: 'correct horse battery' };

/** A page with the administrator's session. What it did wrong is told at the end of the visit. */
export async function asAdmin(world, options, visit) {
  assert.ok(world.session, 'nobody is signed in, because the set-up failed');
  const watch = await newContext(world.browser, world.origin, { storageState: world.session, ...options });
  try {
    const page = await watch.context.newPage();
    await visit(page, apiOf(world.origin, watch.context), watch);
    watch.assertQuiet();
  } finally {
    await watch.context.close();
  }
}

/** Where to look: the middle of everything, and the region with most accounts at the first of these levels. */
export async function findPlaces(world, api, levels = ['neighbourhood']) {
  const { start, region_levels: there } = await api.get('/api/v1/catalogue');
  const level = levels.find((name) => there.some((one) => one.level === name));
  const counts = await api.counts(level, { filter: { op: 'not', args: [{ op: 'isNull', args: [{ property: level }] }] } });
  const [code] = [...counts].sort((a, b) => b[1] - a[1])[0];
  world.start = start;
  world.busy = await api.get(`/api/v1/regions/${level}/${code}`);
}

export function setUp(world) {
  test('the one-time link creates the administrator and opens the map', async () => {
    const watch = await newContext(world.browser, world.origin);
    const page = await watch.context.newPage();
    await page.goto(`${world.origin}/map`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await assertAccessible(page, 'sign-in');

    await page.goto(world.server.setup.replace('/setup#', '/setup?test#'));
    await page.getByLabel('Name', { exact: true }).fill(ADMIN.name);
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByText('7 characters short').waitFor();
    await assertAccessible(page, 'set-up with a mistake');
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.waitForURL('**/map**');
    await ready(page);
    assert.match(await page.getByTestId('user-menu').getAttribute('aria-label'), /Ada Lovelace/);
    world.session = await watch.context.storageState();
    await findPlaces(world, apiOf(world.origin, watch.context));

    await page.goto(world.server.setup);
    await page.getByText('Set-up is closed').waitFor();
    await assertAccessible(page, 'closed set-up');
    watch.assertQuiet();
    await watch.context.close();
  });
}
