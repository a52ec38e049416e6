// A walk through the application in a real browser, against a real server with the demo region: from the
// one-time link to a representative who sees only what is theirs. One server and one browser for all of it.
import { after, before, describe } from 'node:test';
import { launch } from './support/browser.mjs';
import { startServer } from './support/server.mjs';
import { analyst } from './walk/analyst.mjs';
import { drill } from './walk/drill.mjs';
import { edit } from './walk/edit.mjs';
import { layers } from './walk/layers.mjs';
import { looks } from './walk/looks.mjs';
import { pivot } from './walk/pivot.mjs';
import { representative } from './walk/representative.mjs';
import { select } from './walk/select.mjs';
import { setUp } from './walk/setup.mjs';
import { shots } from './walk/shots.mjs';

/** Filled before the first test; every part of the walk reads from it. */
const world = {};

describe('the application in a browser', () => {
  before(async () => {
    world.server = await startServer();
    world.origin = world.server.address;
    world.browser = await launch();
  });
  after(async () => {
    await world.browser?.close();
    await world.server?.stop();
  });
  setUp(world);
  layers(world);
  select(world);
  drill(world);
  edit(world);
  looks(world);
  pivot(world);
  representative(world);
  analyst(world);
  shots(world);
});
