// The parts of the page by their test names, and the numbers they show.

/** An element by its test name. */
export const by = (page, name) => page.getByTestId(name);

/** The exact number behind a shown count. */
export const shownCount = async (page, name) => Number(await by(page, name).getAttribute('data-count'));

/** Waits until a shown count is this number. */
export const waitForCount = (page, name, count) =>
  page.waitForFunction(([id, wanted]) => document.querySelector(`[data-testid="${id}"]`)?.getAttribute('data-count') === wanted, [name, String(count)]);

/** Number of a legend row or bar: what stands in its last column. */
export const rowNumber = async (page, name) => Number((await by(page, name).locator('.num').innerText()).replaceAll(/[^\d]/g, ''));

/** Colour of the swatch of a legend row. */
export const swatchColour = (page, name) =>
  by(page, name).locator('i').evaluate((element) => getComputedStyle(element).backgroundColor);

export const searchOf = (page) => new URL(page.url()).searchParams;

/** Waits until the address carries another filter than before, and returns its hash (or null). */
export async function nextFilter(page, before) {
  await page.waitForURL((url) => url.searchParams.get('f') !== before);
  return searchOf(page).get('f');
}

/** Everything the page says: texts, names and tooltips. */
export const said = (page) =>
  page.evaluate(() => {
    const out = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement?.checkVisibility() && !['SCRIPT', 'STYLE'].includes(parentElement.tagName)) out.add(textContent.trim());
    }
    for (const element of document.body.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) out.add(element.getAttribute(name)?.trim() ?? '');
    }
    out.delete('');
    return [...out];
  });
