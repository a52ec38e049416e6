// What the fill layer shows: which figure, and for a choropleth at which region level.
import { NativeSelect } from '@mantine/core';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import type { Figure, Fill } from '../url/mapSearch';
import { OUR_COUNT, figureAt, newestYear } from './defaults';

type Option = { value: string; label: string };
const idOf = (figure: Figure) =>
  figure.of === 'cube' ? `c|${figure.cube}|${figure.measure}` : `i|${figure.indicator}|${figure.year}`;

function figureOf(id: string): Figure {
  const [of, name = '', detail = ''] = id.split('|');
  return of === 'i'
    ? { of: 'indicator', indicator: name, year: Number(detail) }
    : { of: 'cube', cube: name as 'accounts', measure: detail };
}

/** Every figure there is at this level, in groups. */
function useFigureOptions(level: string | null, current: Figure) {
  const { catalogue } = useWorkbench();
  const { t, label, locale } = useLocale();
  const group = { accounts: t('layers.ourRecords'), addresses: t('layers.places'), roads: t('layers.roadsGroup') };
  const cubes = (['accounts', 'addresses', 'roads'] as const).map((name) => ({
    group: group[name],
    items: (catalogue.cubes.find((cube) => cube.name === name)?.measures ?? []).map(
      (measure): Option => ({ value: `c|${name}|${measure.name}`, label: label(measure.labels) }),
    ),
  }));
  const indicators: Option[] = level
    ? catalogue.indicators.flatMap((indicator) => {
        const year =
          current.of === 'indicator' && current.indicator === indicator.indicator
            ? current.year
            : newestYear(indicator, level);
        const title = locale === 'nl' ? indicator.title_nl : indicator.title_en;
        return year === null ? [] : [{ value: `i|${indicator.indicator}|${year}`, label: title }];
      })
    : [];
  indicators.sort((a, b) => a.label.localeCompare(b.label, locale));
  return [...(level ? [{ group: t('layers.indicators'), items: indicators }] : []), ...cubes].filter(
    ({ items }) => items.length > 0,
  );
}

export function FillSettings({ fill, open }: { fill: Fill; open: boolean }) {
  const { catalogue, setLayers } = useWorkbench();
  const { t, label } = useLocale();
  const level = fill.kind === 'regions' ? fill.level : null;
  const options = useFigureOptions(level, fill.figure);
  const indicator = fill.figure.of === 'indicator' ? fill.figure : null;
  const years = indicator
    ? (catalogue.indicators.find((i) => i.indicator === indicator.indicator)?.levels ?? [])
        .filter((l) => l.level === level && l.figures > 0)
        .map((l) => String(l.year))
        .sort()
        .reverse()
    : [];
  const set = (figure: Figure) => {
    if (fill.kind === 'regions') setLayers({ fill: { ...fill, figure } });
    else if (figure.of === 'cube') setLayers({ fill: { kind: 'hexagons', figure } });
  };
  const setLevel = (next: string) =>
    setLayers({ fill: { kind: 'regions', level: next, figure: figureAt(catalogue, fill.figure, next) ?? OUR_COUNT } });
  const levels = [...catalogue.region_levels].sort((a, b) => a.hierarchy.localeCompare(b.hierarchy) || b.depth - a.depth);

  return (
    <div className="layer-settings">
      {open && (
        <NativeSelect
          size="xs"
          aria-label={t('layers.measure')}
          data-testid="fill-figure"
          value={idOf(fill.figure)}
          data={options}
          onChange={(event) => set(figureOf(event.currentTarget.value))}
        />
      )}
      <div className="row small">
        {level && (
          <>
            <span className="muted">{t('layers.per')}</span>
            <NativeSelect
              size="xs"
              variant="unstyled"
              aria-label={t('layers.level')}
              data-testid="fill-level"
              className="level-select"
              value={level}
              data={levels.map((l) => ({ value: l.level, label: label(l.labels).toLowerCase() }))}
              onChange={(event) => setLevel(event.currentTarget.value)}
            />
          </>
        )}
        <span className="grow" />
        {indicator && years.length > 1 && (
          <NativeSelect
            size="xs"
            variant="unstyled"
            className="level-select"
            aria-label={t('layers.year')}
            value={String(indicator.year)}
            data={years}
            onChange={(event) => set({ ...indicator, year: Number(event.currentTarget.value) })}
          />
        )}
      </div>
    </div>
  );
}
