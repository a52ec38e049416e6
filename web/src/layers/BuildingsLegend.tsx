// Buildings by type, form, use or age: colours of the map, and the addresses of each class in view.
import { useQuery } from '@tanstack/react-query';
import { cubeQuery } from '../api/queries';
import type { CubeAnswer } from '../api/types';
import { useTheme } from '../app/theme';
import { useWorkbench } from '../app/workbench';
import { toggleValue, valuesOn } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { BUILDING, UNSPECIFIED, ZOOM_FROM } from '../map/style/palette';
import { Segmented } from '../ui/Segmented';
import { BUILDING_THEMES, type BuildingTheme } from '../url/mapSearch';
import { Hatch, LegendRow, Swatch } from './LegendRow';

const DIMENSION: Record<BuildingTheme, string> = {
  housing_type: 'housing_type',
  building_form: 'building_form',
  building_use: 'building_use',
  age_class: 'building_age_class',
};
const OPTION = {
  housing_type: 'layers.housingType',
  building_form: 'layers.form',
  building_use: 'layers.use',
  age_class: 'layers.age',
} as const;

type Row = { property: string; code: string | null; count: number; colour: string | null };

/** What is no dwelling has no housing type; the map then colours by use, and so does the legend. */
function rowsOf(theme: BuildingTheme, answer: CubeAnswer | undefined, mode: 'light' | 'dark'): Row[] {
  const property = DIMENSION[theme];
  const sums = new Map<string, number>();
  for (const { keys, values } of answer?.rows ?? []) {
    const [code, use] = keys;
    const other = theme === 'housing_type' && code === null && use !== 'dwelling' ? use : null;
    const key = other ? `building_use:${other}` : `${property}:${code ?? ''}`;
    sums.set(key, (sums.get(key) ?? 0) + (values[0] ?? 0));
  }
  const listed = (dimension: string, colours: Record<string, string>): Row[] =>
    Object.entries(colours).flatMap(([code, colour]) => {
      const count = sums.get(`${dimension}:${code}`) ?? 0;
      return count > 0 ? [{ property: dimension, code, count, colour }] : [];
    });
  const unknown = sums.get(`${property}:`) ?? 0;
  return [
    ...listed(property, BUILDING[theme][mode]),
    ...(theme === 'housing_type' ? listed('building_use', BUILDING.building_use[mode]) : []),
    ...(unknown > 0 ? [{ property, code: null, count: unknown, colour: theme === 'age_class' ? null : UNSPECIFIED[mode] }] : []),
  ];
}

export function BuildingsLegend({ by }: { by: BuildingTheme }) {
  const { viewport, filter, setLayers, catalogue } = useWorkbench();
  const { t, format, code } = useLocale();
  const mode = useTheme();
  const near = (viewport?.zoom ?? 0) >= ZOOM_FROM.buildings;
  const dimension = DIMENSION[by];
  const answer = useQuery({
    ...cubeQuery('addresses', {
      measures: ['count'],
      dimensions: by === 'housing_type' ? ['housing_type', 'building_use'] : [dimension],
      bbox: viewport?.bbox,
    }),
    enabled: near && viewport !== null,
  });
  const rows = near ? rowsOf(by, answer.data, mode) : [];
  const source = catalogue.datasets.find((d) => (d.row_counts['buildings'] ?? 0) > 0);
  return (
    <>
      <Segmented<BuildingTheme>
        wide
        label={t('layers.buildingBy')}
        testId="buildings-by"
        value={by}
        onChange={(next) => setLayers({ buildings: next })}
        options={BUILDING_THEMES.map((value) => ({ value, label: t(OPTION[value]) }))}
      />
      {!near && <p className="source">{t('layers.zoomIn')}: {t('layers.fromZoom', { zoom: ZOOM_FROM.buildings })}</p>}
      <ul className={answer.isFetching ? 'legend stale' : 'legend'}>
        {rows.map((row) => {
          const chosen = valuesOn(filter.definition, row.property);
          return (
            <LegendRow
              key={`${row.property}:${row.code ?? ''}`}
              testId={`building-${row.code ?? 'unknown'}`}
              swatch={row.colour ? <Swatch colour={row.colour} /> : <Hatch />}
              name={row.code === null ? t(by === 'age_class' ? 'layers.yearUnknown' : 'layers.notSpecified') : code(row.property, row.code)}
              count={format.count(row.count)}
              chosen={chosen.length > 0 ? chosen.includes(row.code) : undefined}
              onPick={(add) => filter.apply(toggleValue(filter.definition, row.property, row.code, add))}
            />
          );
        })}
      </ul>
      {near && (
        <p className="source">
          {t('layers.addressesInView')}
          {source && ` · ${source.source}, ${source.vintage}`}
        </p>
      )}
    </>
  );
}
