// Screenshots for the README, of the open data in GEOCRM_DATA or else of a large generated region, written only
// when GEOCRM_SHOTS names a folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiOf } from '../support/api.mjs';
import { PHONE, newContext } from '../support/browser.mjs';
import { idle, openMap, rendered, viewOf } from '../support/map.mjs';
import { by } from '../support/screen.mjs';
import { startServer } from '../support/server.mjs';
import { ADMIN, asAdmin, findPlaces } from './setup.mjs';

const WIDE = { width: 1440, height: 900 };
const DATA = process.env.GEOCRM_DATA;
const REGION = DATA ? ['--data', DATA] : ['--size', '200000'];
/** What the picture is of: the first of these levels there is. A generated borough is built up all over. */
const LEVELS = DATA ? ['neighbourhood'] : ['borough', 'district', 'neighbourhood'];

export function shots(world) {
  const folder = process.env.GEOCRM_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const write = async (page, name) => {
    await idle(page);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  };
  /** A ring about a place as a hand would draw it; its half width in degrees of longitude. */
  const around = ({ lng, lat }, half) => {
    const turns = Array.from({ length: 24 }, (_, i) => (i / 24) * 2 * Math.PI);
    const ring = turns.map((turn) => {
      const radius = half * (1 + 0.12 * Math.sin(3 * turn + 1) + 0.05 * Math.sin(7 * turn));
      return [lng + radius * Math.cos(turn), lat + 0.55 * radius * Math.sin(turn)];
    });
    return { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
  };

  test('screenshots', async () => {
    const server = await startServer(REGION);
    const scene = { origin: server.address, browser: world.browser };
    const { context } = await newContext(world.browser, scene.origin);
    const [, token] = server.setup.split('#token=');
    await apiOf(scene.origin, context).post('/api/v1/setup', { token, ...ADMIN });
    const { email, password } = ADMIN;
    await context.request.post(`${scene.origin}/api/v1/session`, { data: { email, password }, headers: { origin: scene.origin } });
    scene.session = await context.storageState();
    await findPlaces(scene, apiOf(scene.origin, context), LEVELS);
    await context.close();
    await asAdmin(scene, { viewport: WIDE }, async (page, api) => {
      const lasso = { f: await api.filter(undefined, around(scene.busy, 0.011)), area: 'lasso', v: viewOf(scene.busy, 13.3) };
      await openMap(page, scene.origin, lasso);
      await rendered(page, 'regions');
      await by(page, 'account-count').waitFor();
      await write(page, 'light');
      await by(page, 'drawer-toggle').click();
      await by(page, 'table-row').first().click();
      await by(page, 'account-inspector').waitFor();
      await write(page, 'table');
      await openMap(page, scene.origin, { fill: 'none', on: 'accounts,buildings:housing_type', v: viewOf(scene.busy, 16.2) });
      await rendered(page, 'buildings');
      await write(page, 'street');
      await openMap(page, scene.origin, lasso);
      await by(page, 'theme-switch').click();
      await rendered(page, 'regions');
      await by(page, 'account-count').waitFor();
      await write(page, 'dark');
      await by(page, 'theme-switch').click();
      await page.setViewportSize(PHONE);
      await openMap(page, scene.origin, lasso);
      await by(page, 'account-count').waitFor();
      await write(page, 'phone');
    });
    await server.stop();
  });
}
