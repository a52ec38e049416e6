// One Chromium for the whole suite, and pages that are watched: whatever a page writes to its console as an
// error, throws, or asks of another host ends up in `problems`, which must be empty at the end.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

/** Software rendering, no traffic of its own, no host but this one. */
const FLAGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--disable-extensions',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--force-color-profile=srgb',
];
export const TIMEOUT_MS = 60_000;
export const DESK = { width: 1280, height: 760 };
export const PHONE = { width: 390, height: 844 };

function executable() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [process.env.CHROMIUM, ...candidates]) {
    if (!path) continue;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  throw new Error('No Chromium: install the package chromium, or let CHROMIUM name the program.');
}

export const launch = () => chromium.launch({ executablePath: executable(), args: FLAGS });

/** A browser context whose pages are watched. */
export async function newContext(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: DESK, reducedMotion: 'reduce', locale: 'en-GB', acceptDownloads: true, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const problems = [];
  /** Console messages a test provokes on purpose, and whether they came. */
  const expected = [];
  const note = (text) => {
    const meant = expected.find(({ pattern }) => pattern.test(text));
    if (meant) meant.came = true;
    else problems.push(text);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => note(`thrown: ${error.error().stack}`));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:') && !url.startsWith(`blob:${origin}/`)) note(`outside request: ${url}`);
  });
  return {
    context,
    /** From here on a console error that matches is meant, and must come. */
    expect: (pattern) => expected.push({ pattern, came: false }),
    /** Nothing unexpected was said, and everything expected was. */
    assertQuiet() {
      assert.deepEqual(problems, []);
      assert.deepEqual(expected.filter(({ came }) => !came), []);
    },
  };
}

/** No serious or critical finding of axe in this state of the page. */
export async function assertAccessible(page, state) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html.slice(0, 300)}\n  ${failureSummary}`).join('\n')}`);
  });
  assert.deepEqual(found, [], `accessibility of ${state}`);
}
