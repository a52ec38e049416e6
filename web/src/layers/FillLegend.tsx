// Histogram and classes of the fill layer. A class of regions is a filter: a click keeps the accounts that
// lie in its regions.
import { scaleLinear } from '@visx/scale';
import { useTheme } from '../app/theme';
import { useWorkbench } from '../app/workbench';
import { valuesOn, withValues } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { RAMP } from '../map/style/palette';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { placeTicks } from '../ui/ticks';
import type { Fill } from '../url/mapSearch';
import { bins, classOf, rampFor } from './classes';
import { Hatch, LegendRow, Swatch } from './LegendRow';
import { type FillData, type FigureInfo, figureInfo, useFill } from './useFill';

const HIST = { width: 248, height: 46, bins: 40 };

function Histogram({ data, colours, text }: { data: FillData; colours: string[]; text: (v: number) => string }) {
  const { t } = useLocale();
  const values = [...data.values.values()];
  if (values.length < 12) return null;
  const { low, high, counts } = bins(values, HIST.bins);
  const most = Math.max(1, ...counts);
  const width = HIST.width / HIST.bins;
  const x = scaleLinear<number>({ domain: [low, high], range: [0, HIST.width] });
  const at = (index: number) => low + ((index + 0.5) / HIST.bins) * (high - low);
  return (
    <svg
      className="chart layer-hist"
      viewBox={`0 0 ${HIST.width} ${HIST.height + 14}`}
      role="img"
      aria-label={t('layers.histogram', { count: values.length })}
    >
      {counts.map((count, index) => {
        const height = count ? Math.max(1.5, (count / most) * HIST.height) : 0;
        return (
          <rect
            // The bins have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            x={index * width + 0.4}
            y={HIST.height - height}
            width={width - 0.8}
            height={height}
            rx={0.8}
            fill={colours[classOf(at(index), data.classes.breaks)]}
          />
        );
      })}
      <line x1={0} x2={HIST.width} y1={HIST.height + 0.5} y2={HIST.height + 0.5} stroke="var(--line2)" />
      {placeTicks(x.ticks(4).map((value) => ({ x: x(value), text: text(value) })), HIST.width).map((tick) => (
        <text key={tick.text} className="tick" x={tick.x} y={HIST.height + 12} textAnchor="middle">
          {tick.text}
        </text>
      ))}
    </svg>
  );
}

function sourceText(info: FigureInfo, t: ReturnType<typeof useLocale>['t'], version: string): string {
  if (!info.dataset) return info.year === null ? t('layers.recordsSource', { version }) : String(info.year);
  const year = info.year ?? info.dataset.vintage;
  return `${info.dataset.source}, ${year}`;
}

export function FillLegend({ fill }: { fill: Fill }) {
  const { catalogue, filter } = useWorkbench();
  const { t, format, label } = useLocale();
  const theme = useTheme();
  const data = useFill();
  const info = figureInfo(catalogue, fill.figure);
  const { classes, members } = data;
  if (data.error) return <ProblemCard error={data.error} onRetry={data.retry} />;
  if (data.loading) return <Skeleton />;

  const colours = rampFor(RAMP[theme], classes.counts.length);
  const text = (value: number) => format.withUnit(value, info.unit);
  const name = (index: number) => {
    const low = classes.breaks[index - 1];
    const high = classes.breaks[index];
    if (low === undefined && high === undefined) return t('app.all');
    if (low === undefined) return t('layers.lessThan', { value: text(high as number) });
    if (high === undefined) return t('layers.atLeast', { value: text(low) });
    return t('layers.between', { low: text(low), high: text(high) });
  };
  const property = fill.kind === 'regions' ? fill.level : null;
  const chosenCodes = new Set(property ? valuesOn(filter.definition, property) : []);
  const isChosen = (codes: string[]) => codes.length > 0 && codes.every((code) => chosenCodes.has(code));
  const any = members.some(isChosen);
  const pick = (codes: string[], add: boolean) => {
    if (!property) return;
    const kept = add ? [...chosenCodes].filter((code) => !codes.includes(String(code))) : [];
    filter.apply(withValues(filter.definition, property, isChosen(codes) ? kept : [...kept, ...codes]));
  };
  const full = data.values.size === 0;
  return (
    <div className={data.fetching ? 'stale' : undefined}>
      <Histogram data={data} colours={colours} text={text} />
      <ul className="legend" data-testid="fill-legend">
        {!full &&
          members.map((codes, index) => (
            <LegendRow
              // Classes are named by their place in the ramp.
              // oxlint-disable-next-line react/no-array-index-key
              key={index}
              testId={`class-${index}`}
              swatch={<Swatch colour={colours[index] ?? ''} />}
              name={name(index)}
              count={format.count(codes.length)}
              chosen={any ? isChosen(codes) : undefined}
              onPick={property ? (add) => pick(codes, add) : undefined}
            />
          ))}
        {fill.kind === 'regions' && data.noData > 0 && (
          <LegendRow
            swatch={<Hatch />}
            name={data.suppressed > 0 ? t('layers.suppressed', { count: data.suppressed }) : fill.figure.of === 'cube' ? t('app.none') : t('layers.noData')}
            count={format.count(data.noData)}
          />
        )}
      </ul>
      <p className="source">
        {label(info.labels)} · {t('layers.quantiles', { count: classes.counts.length })}
        <br />
        {sourceText(info, t, catalogue.data_version)}
        {fill.kind === 'hexagons' && <> · {t('layers.hexHint')}</>}
      </p>
    </div>
  );
}
