// The figures behind the fill layer: a value for each region (or hexagon in view), their classes, and
// which regions a class holds. Map and legend both read from here.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { cubeQuery } from '../api/queries';
import type { Catalogue, CubeAnswer, CubeQuery, Dataset, Labels } from '../api/types';
import { whereOf } from '../filters/where';
import { useWorkbench } from '../app/workbench';
import type { Figure, Fill } from '../url/mapSearch';
import { type Classes, classOf, quantileClasses } from './classes';

export type FillData = {
  values: Map<string, number>;
  classes: Classes;
  /** Codes (or cells) of each class. */
  members: string[][];
  /** Regions of the level without a figure. */
  noData: number;
  suppressed: number;
  loading: boolean;
  fetching: boolean;
  error: unknown;
  retry: () => void;
};

export type FigureInfo = {
  labels: Labels;
  unit: string;
  /** Value on the screen of a value in the answer. */
  scale: number;
  dataset: Dataset | null;
  year: number | null;
};

/** Name, unit and origin of a figure. */
export function figureInfo(catalogue: Catalogue, figure: Figure): FigureInfo {
  if (figure.of === 'indicator') {
    const found = catalogue.indicators.find((i) => i.indicator === figure.indicator);
    return {
      labels: { en: found?.title_en ?? figure.indicator, nl: found?.title_nl ?? figure.indicator },
      unit: found?.unit ?? '',
      scale: 1e-4,
      dataset:
        catalogue.datasets.find((d) => d.code === found?.dataset) ??
        catalogue.datasets.find((d) => (d.row_counts['indicators'] ?? 0) > 0 && d.vintage.includes(String(figure.year))) ??
        null,
      year: figure.year,
    };
  }
  const measure = catalogue.cubes
    .find((cube) => cube.name === figure.cube)
    ?.measures.find((m) => m.name === figure.measure);
  return {
    labels: measure?.labels ?? { en: figure.measure, nl: figure.measure },
    unit: measure?.unit ?? '',
    scale: 1,
    dataset: figure.cube === 'accounts' ? null : (catalogue.datasets.find((d) => (d.row_counts[figure.cube] ?? 0) > 0) ?? null),
    year: null,
  };
}

const same = (property: string, value: string | number) => ({ op: '=', args: [{ property }, value] });

function indicatorQuery(level: string, figure: Extract<Figure, { of: 'indicator' }>): CubeQuery {
  return {
    measures: ['value_e4', 'suppressed'],
    dimensions: ['code'],
    filter: {
      op: 'and',
      args: [same('level', level), same('indicator', figure.indicator), same('year', figure.year)],
    },
  };
}

/** H3 resolution the hexagon tiles use at this zoom. */
export function hexResolution(zoom: number): number {
  const z = Math.floor(zoom);
  if (z <= 5) return 4;
  if (z <= 7) return 5;
  if (z <= 8) return 6;
  if (z <= 10) return 7;
  return z >= 13 ? 10 : z - 3;
}

function questionOf(fill: Fill | null, accounts: Partial<CubeQuery>, bbox: CubeQuery['bbox'], zoom: number) {
  if (!fill) return null;
  const { figure } = fill;
  if (figure.of === 'indicator') {
    return fill.kind === 'regions'
      ? { cube: 'regions' as const, query: indicatorQuery(fill.level, figure) }
      : null;
  }
  const own = figure.cube === 'accounts' ? accounts : {};
  const query: CubeQuery =
    fill.kind === 'regions'
      ? { ...own, measures: [figure.measure], dimensions: [fill.level] }
      : { ...own, measures: [figure.measure], dimensions: [`h3_${hexResolution(zoom)}`], bbox };
  return { cube: figure.cube, query };
}

function read(answer: CubeAnswer | undefined, fill: Fill | null, scale: number, regions: number): Omit<FillData, 'loading' | 'fetching' | 'error' | 'retry'> {
  const values = new Map<string, number>();
  let suppressed = 0;
  for (const { keys, values: figures } of answer?.rows ?? []) {
    const [value, hidden] = figures;
    const key = keys[0];
    if (fill?.figure.of === 'indicator' && hidden) suppressed += 1;
    else if (typeof key === 'string' && typeof value === 'number') values.set(key, value * scale);
  }
  const classes = quantileClasses([...values.values()]);
  const members: string[][] = classes.counts.map(() => []);
  for (const [code, value] of values) members[classOf(value, classes.breaks)]?.push(code);
  return { values, classes, members, suppressed, noData: Math.max(0, regions - values.size) };
}

export function useFill(): FillData {
  const { layers, catalogue, selection, filter, viewport } = useWorkbench();
  const { fill } = layers;
  // A choropleth keeps its colours around the selected area, and beside a class held by the filter; its
  // other conditions count. Hexagons come coloured from the server, by the whole filter.
  const where =
    fill?.kind === 'regions'
      ? whereOf(selection, { withoutArea: true, without: [fill.level] })
      : whereOf(selection);
  const question = questionOf(fill, where, viewport?.bbox, viewport?.zoom ?? 10);
  const waiting = filter.loading || (fill?.kind === 'hexagons' && !viewport);
  const answer = useQuery({
    ...cubeQuery(question?.cube ?? 'accounts', question?.query ?? { measures: ['count'] }),
    // The last answer may stand in only while it is about the same places.
    placeholderData: (last, query) =>
      JSON.stringify(query?.queryKey[3] && (query.queryKey[3] as CubeQuery).dimensions) ===
      JSON.stringify(question?.query.dimensions)
        ? last
        : undefined,
    enabled: question !== null && !waiting,
  });
  const level = fill?.kind === 'regions' ? fill.level : null;
  const regions = catalogue.region_levels.find((l) => l.level === level)?.count ?? 0;
  const scale = fill ? figureInfo(catalogue, fill.figure).scale : 1;
  const data = useMemo(() => read(answer.data, fill, scale, regions), [answer.data, fill, scale, regions]);
  return { ...data, loading: answer.isPending, fetching: answer.isFetching, error: answer.error, retry: () => void answer.refetch() };
}
