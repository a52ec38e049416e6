// Going down and up the region levels. A step holds the filter to one region, shows the next finer level in
// the fill layer, moves the map there and opens the region's figures.
import { useCallback } from 'react';
import { queryClient, regionQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { type Definition, withValues, without } from '../filters/model';
import type { Region } from '../filters/where';
import { childOf, figureAt, OUR_COUNT } from '../layers/defaults';
import { type MapSearch, writeChosen, writeFill } from '../url/mapSearch';
import { testMode } from '../app/testMode';

const FIT_PADDING_PX = 48;

export function useDrill() {
  const { catalogue, filter, layers, selection, setTab, map } = useWorkbench();

  /** The filter without any region the user had drilled into. */
  const cleared = useCallback(
    (definition: Definition): Definition => {
      const single = definition.conditions.filter(
        (condition) =>
          condition.kind === 'values' &&
          condition.values.length === 1 &&
          catalogue.region_levels.some((l) => l.level === condition.property),
      );
      return single.reduce(
        (rest, condition) => (condition.kind === 'values' ? without(rest, condition.property) : rest),
        definition,
      );
    },
    [catalogue],
  );

  /** The address's fill once the next finer level shows. */
  const finerFill = useCallback(
    (region: Region): MapSearch => {
      const level = childOf(catalogue, region.level);
      if (layers.fill?.kind !== 'regions' || !level) return {};
      const figure = figureAt(catalogue, layers.fill.figure, level) ?? OUR_COUNT;
      return { fill: writeFill({ kind: 'regions', level, figure }) };
    },
    [catalogue, layers],
  );

  const fit = useCallback(
    async (region: Region) => {
      const detail = await queryClient
        .ensureQueryData(regionQuery(region.level, region.code))
        .catch(() => null);
      if (!detail || !map) return;
      const [west, south, east, north] = detail.bbox;
      map.fitBounds([west, south, east, north], {
        padding: FIT_PADDING_PX,
        duration: testMode ? 0 : 300,
        maxZoom: 17,
      });
    },
    [map],
  );

  const drillTo = useCallback(
    (region: Region) => {
      const sel = writeChosen({ kind: 'region', level: region.level, code: region.code });
      const next = withValues(cleared(filter.definition), region.level, [region.code]);
      filter.apply(next, undefined, { ...finerFill(region), sel });
      setTab('inspector');
      void fit(region);
    },
    [filter, cleared, finerFill, setTab, fit],
  );

  const toRoot = useCallback(() => {
    filter.apply(cleared(filter.definition), undefined, { sel: undefined });
    setTab('widgets');
  }, [filter, cleared, setTab]);

  const up = useCallback(() => {
    const { region } = selection;
    if (!region) return;
    void queryClient
      .ensureQueryData(regionQuery(region.level, region.code))
      .then((detail) => {
        const parent = detail.path.findLast((step) => step.code !== region.code || step.level !== region.level);
        return parent ? drillTo(parent) : toRoot();
      })
      .catch(toRoot);
  }, [selection, drillTo, toRoot]);

  return { drillTo, up, toRoot, fit };
}
