// What the map shows, asked of the map itself: rendered features, painted pixels, places on the screen.

/** Opens an address of the map page in test mode and waits for the first finished picture. */
export async function openMap(page, origin, search = {}) {
  await page.goto(`${origin}/map?${new URLSearchParams({ test: '', ...search })}`);
  await ready(page);
}

export async function ready(page) {
  await page.waitForFunction(() => window.__geocrm?.ready === true);
  await idle(page);
}

/** The address of a view of this place. */
export const viewOf = ({ lng, lat }, zoom) => `${zoom}/${lat}/${lng}`;

/** Waits until nothing is being loaded or moved any more. */
export const idle = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const { map } = window.__geocrm;
        map.once('idle', () => resolve());
        map.triggerRepaint();
      }),
  );

/** Properties of what is drawn in these layers, once there is something. */
export async function rendered(page, ...layers) {
  const found = await page.waitForFunction((ids) => {
    const { map } = window.__geocrm;
    const there = ids.filter((id) => map.getLayer(id));
    if (there.length === 0) return null;
    const features = map.queryRenderedFeatures({ layers: there });
    return features.length > 0 && map.areTilesLoaded() ? features.map(({ properties, layer }) => ({ ...properties, layer: layer.id })) : null;
  }, layers, { polling: 100 });
  return found.jsonValue();
}

/** Ids of the single accounts with a confirmed place whose point lies on the map, each once, and the box [w, s, e, n] of that map. */
export const accountsInView = (page) =>
  page.evaluate(() => {
    const { map } = window.__geocrm;
    const bounds = map.getBounds();
    const features = map.queryRenderedFeatures({ layers: ['accounts'] });
    const inside = features.filter(({ geometry }) => bounds.contains(geometry.coordinates));
    return { ids: [...new Set(inside.map(({ properties }) => properties.id))].sort(), bbox: bounds.toArray().flat() };
  });

/** Where the map draws this account, in degrees; `null` when it does not. */
export const accountPlace = (page, id, layers) =>
  page.evaluate(
    ([wanted, ids]) => {
      const { map } = window.__geocrm;
      const found = map.queryRenderedFeatures({ layers: ids.filter((layer) => map.getLayer(layer)) }).find(({ properties }) => properties.id === wanted);
      return found ? found.geometry.coordinates : null;
    },
    [id, layers],
  );

/** Places on the page, in CSS pixels, of points in degrees. */
export const onScreen = (page, points) =>
  page.evaluate((all) => {
    const { map } = window.__geocrm;
    const box = map.getContainer().getBoundingClientRect();
    return all.map((point) => {
      const { x, y } = map.project(point);
      return { x: x + box.left, y: y + box.top };
    });
  }, points);

export const view = (page) =>
  page.evaluate(() => {
    const { map } = window.__geocrm;
    const { lng, lat } = map.getCenter();
    const box = map.getContainer().getBoundingClientRect();
    return { lng, lat, zoom: map.getZoom(), box: { x: box.x, y: box.y, width: box.width, height: box.height } };
  });

/**
 * Samples of a layer on a grid over the map: the property asked for and the colour painted there. Only places
 * where nothing is drawn over the layer count; the hatch of regions without data is always there, mostly clear.
 */
export const painted = (page, layer, property, stepPx = 12) =>
  page.evaluate(
    ([id, name, step]) =>
      new Promise((resolve) => {
        const { map } = window.__geocrm;
        map.once('render', () => {
          const canvas = map.getCanvas();
          const gl = canvas.getContext('webgl2');
          const out = [];
          const pixel = new Uint8Array(4);
          for (let y = step; y < canvas.height - 60; y += step) {
            for (let x = step; x < canvas.width; x += step) {
              // All four corners in the same feature, and nothing above: no edge, no label.
              const corners = [[x - 2, y - 2], [x + 2, y - 2], [x - 2, y + 2], [x + 2, y + 2]].map((point) => map.queryRenderedFeatures(point).find((feature) => feature.layer.id !== 'regions-none'));
              const [first] = corners;
              if (first?.layer.id !== id || !corners.every((c) => c && JSON.stringify(c.properties) === JSON.stringify(first.properties))) continue;
              gl.readPixels(x, canvas.height - 1 - y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
              out.push({ value: first.properties[name], colour: `rgb(${pixel[0]}, ${pixel[1]}, ${pixel[2]})` });
            }
          }
          resolve(out);
        });
        map.triggerRepaint();
      }),
    [layer, property, stepPx],
  );
