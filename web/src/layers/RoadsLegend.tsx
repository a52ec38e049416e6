// Roads by condition: the line as the map draws it and how much of it is in view.
import { useQuery } from '@tanstack/react-query';
import { cubeQuery } from '../api/queries';
import { useTheme } from '../app/theme';
import { useWorkbench } from '../app/workbench';
import { toggleValue, valuesOn } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { BASE, CONDITION, ZOOM_FROM } from '../map/style/palette';
import { LegendRow, LineSwatch } from './LegendRow';

const PROPERTY = 'road_condition_class';

export function RoadsLegend() {
  const { viewport, filter, catalogue } = useWorkbench();
  const { t, format, code } = useLocale();
  const theme = useTheme();
  const near = (viewport?.zoom ?? 0) >= ZOOM_FROM.roads;
  const answer = useQuery({
    ...cubeQuery('roads', { measures: ['length_cm'], dimensions: ['condition_class'], bbox: viewport?.bbox }),
    enabled: near && viewport !== null,
  });
  const length = (key: string | null) =>
    format.distance((answer.data?.rows.find(({ keys }) => keys[0] === key)?.values[0] ?? 0) / 100);
  const chosen = valuesOn(filter.definition, PROPERTY);
  const source = catalogue.datasets.find((d) => (d.row_counts['roads'] ?? 0) > 0);
  return (
    <>
      {!near && <p className="source">{t('layers.zoomIn')}: {t('layers.fromZoom', { zoom: ZOOM_FROM.roads })}</p>}
      <ul className={answer.isFetching ? 'legend lines stale' : 'legend lines'}>
        {Object.entries(CONDITION).map(([condition, style]) => (
          <LegendRow
            key={condition}
            testId={`condition-${condition}`}
            swatch={<LineSwatch {...style} />}
            name={code('condition_class', condition)}
            count={near && answer.data ? length(condition) : ''}
            chosen={chosen.length > 0 ? chosen.includes(condition) : undefined}
            onPick={(add) => filter.apply(toggleValue(filter.definition, PROPERTY, condition, add))}
          />
        ))}
        <LegendRow
          swatch={<LineSwatch colour={BASE[theme].path} widthPx={2.4} dashed={false} />}
          name={t('layers.notSurveyed')}
          count={near && answer.data ? length(null) : ''}
        />
      </ul>
      <p className="source">
        {t('layers.kmInView')}
        {source && (
          <>
            <br />
            {source.source}, {source.vintage}
          </>
        )}
      </p>
    </>
  );
}
