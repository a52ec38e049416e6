// Histogram of building years with a brush: drag over it, move its handles by pointer or arrow keys, or
// type the years.
import { scaleLinear } from '@visx/scale';
import { Bar } from '@visx/shape';
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react';
import { useWorkbench } from '../app/workbench';
import { conditionOn, withRange } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { placeTicks } from '../ui/ticks';
import { OrganisationsOnly } from './PersonsNote';
import type { Figures } from './questions';

const WIDTH = 328;
const HEIGHT = 64;
const BINS = 41;
const PROPERTY = 'building_year';
/** Years before this share one bin: a handful of very old buildings would flatten all others. */
const OLDEST = 1600;

type Range = [low: number, high: number];

function useYears(figures: Figures) {
  return useMemo(() => {
    const years = figures.years.flatMap(({ key, count }) =>
      typeof key === 'number' && count > 0 ? [{ year: Math.max(key, OLDEST), count }] : [],
    );
    const low = Math.min(...years.map(({ year }) => year));
    const high = Math.max(...years.map(({ year }) => year)) + 1;
    const width = Math.max(1, Math.ceil((high - low) / BINS));
    const bins = Array.from({ length: Math.ceil((high - low) / width) || 1 }, (_, i) => ({
      from: low + i * width,
      to: low + (i + 1) * width,
      count: 0,
    }));
    for (const { year, count } of years) {
      const bin = bins[Math.floor((year - low) / width)];
      if (bin) bin.count += count;
    }
    return { low, high: low + bins.length * width, bins, empty: years.length === 0 };
  }, [figures.years]);
}

export function YearWidget({ figures }: { figures: Figures }) {
  const { filter } = useWorkbench();
  const { t } = useLocale();
  const { low, high, bins, empty } = useYears(figures);
  const svg = useRef<SVGSVGElement>(null);
  const condition = conditionOn(filter.definition, PROPERTY);
  const stored: Range | null =
    condition?.kind === 'range' ? [condition.min ?? low, condition.max ?? high] : null;
  const storedKey = stored?.join() ?? '';
  // What is being dragged counts until the filter itself has changed.
  const [drag, setDrag] = useState<{ over: string; range: Range | null } | null>(null);
  const dragged = drag?.over === storedKey ? drag.range : null;
  const setDragged = (range: Range | null) => setDrag({ over: storedKey, range });
  const anchor = useRef<number | null>(null);

  const range = dragged ?? stored;
  const x = scaleLinear<number>({ domain: [low, high], range: [0, WIDTH] });
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const commit = (next: Range | null) => {
    setDragged(next);
    const [a, b] = next ?? [null, null];
    filter.apply(withRange(filter.definition, PROPERTY, a === null || a <= low ? null : a, b === null || b >= high ? null : b));
  };

  if (empty) {
    return (
      <section className="widget">
        <h3>{t('widgets.buildingYear')}</h3>
        <p className="small muted">{t('widgets.noYears')}</p>
      </section>
    );
  }

  const yearAt = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    const share = box ? (event.clientX - box.left) / box.width : 0;
    return Math.round(low + Math.max(0, Math.min(1, share)) * (high - low));
  };
  const onDown = (event: PointerEvent<SVGSVGElement>) => {
    const year = yearAt(event);
    const near = range?.findIndex((edge) => Math.abs(x(edge) - x(year)) < 14) ?? -1;
    // Taking a handle keeps the other one as the anchor.
    anchor.current = range && near >= 0 ? (range[1 - near] as number) : year;
    svg.current?.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent<SVGSVGElement>) => {
    if (anchor.current === null) return;
    const year = yearAt(event);
    setDragged([Math.min(anchor.current, year), Math.max(anchor.current, year)]);
  };
  const onUp = () => {
    if (anchor.current === null) return;
    anchor.current = null;
    if (dragged) commit(dragged[1] - dragged[0] < 1 ? null : dragged);
  };
  const onHandleKey = (edge: 0 | 1) => (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!step) return;
    const next: Range = [...(range ?? ([low, high] as Range))];
    next[edge] = Math.max(low, Math.min(high, next[edge] + step));
    if (next[0] <= next[1]) commit(next);
    event.preventDefault();
  };

  const shown = range ?? [low, high];
  return (
    <section className="widget">
      <div className="widget-head">
        <h3>{t('widgets.buildingYear')}</h3>
        {range && (
          <button type="button" className="tag sel" title={t('widgets.clearBrush')} data-testid="filters-clear-year" onClick={() => commit(null)}>
            {shown[0]} – {shown[1]} ×
          </button>
        )}
      </div>
      <OrganisationsOnly when={figures.leftOut.has('year')} />
      <svg
        ref={svg}
        className="brush"
        viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
        data-testid="year-histogram"
      >
        {range && <rect x={x(range[0])} y={-2} width={x(range[1]) - x(range[0])} height={HEIGHT + 2} fill="var(--sel-soft)" />}
        {bins.map((bin) => {
          const height = bin.count ? Math.max(1.5, (bin.count / most) * (HEIGHT - 4)) : 0;
          const inside = !range || (bin.to > range[0] && bin.from <= range[1]);
          return (
            <Bar
              key={bin.from}
              x={x(bin.from) + 0.5}
              y={HEIGHT - height}
              width={Math.max(1, x(bin.to) - x(bin.from) - 1)}
              height={height}
              rx={1}
              fill={range ? (inside ? 'var(--sel)' : 'var(--bar2)') : 'var(--bar)'}
            />
          );
        })}
        <line x1={0} x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} stroke="var(--line2)" />
        {placeTicks(x.ticks(4).map((year) => ({ x: x(year), text: String(year) })), WIDTH).map((tick) => (
          <text key={tick.text} x={tick.x} y={HEIGHT + 14} textAnchor="middle" className="tick">
            {tick.text}
          </text>
        ))}
        {([0, 1] as const).map((edge) => (
          <g
            key={edge}
            role="slider"
            tabIndex={0}
            aria-label={edge === 0 ? t('widgets.brushLow') : t('widgets.brushHigh')}
            aria-valuemin={low}
            aria-valuemax={high}
            aria-valuenow={shown[edge]}
            className={range ? 'handle' : 'handle idle'}
            transform={`translate(${x(shown[edge])} 0)`}
            onKeyDown={onHandleKey(edge)}
          >
            <rect x={-12} y={0} width={24} height={HEIGHT} fill="transparent" />
            <line y1={-2} y2={HEIGHT} className="handle-line" />
            <rect x={-4} y={HEIGHT / 2 - 10} width={8} height={18} rx={3} className="handle-grip" />
          </g>
        ))}
      </svg>
    </section>
  );
}
