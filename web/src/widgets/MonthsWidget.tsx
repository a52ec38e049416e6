// Accounts by the month of their last contact, the newest two years; this month is pale because it is not
// over yet.
import { scaleBand, scaleLinear } from '@visx/scale';
import { Bar } from '@visx/shape';
import { useState } from 'react';
import { useLocale } from '../i18n/useLocale';
import { anchorAt } from '../ui/anchor';
import type { Figures } from './questions';

const WIDTH = 328;
const HEIGHT = 50;
const SHOWN = 24;

/** The months up to the newest one with a contact, without gaps. */
function monthsUpTo(last: string, count: number): string[] {
  const [year = 0, month = 1] = last.split('-').map(Number);
  return Array.from({ length: count }, (_, i) => {
    const at = year * 12 + (month - 1) - (count - 1 - i);
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  });
}

export function MonthsWidget({ figures }: { figures: Figures }) {
  const [now] = useState(() => new Date().toISOString().slice(0, 7));
  const { t, format } = useLocale();
  const counts = new Map(figures.months.flatMap(({ key, count }) => (typeof key === 'string' ? [[key, count]] : [])));
  const last = [...counts.keys()].sort().at(-1);
  if (!last) {
    return (
      <section className="widget">
        <h3>{t('widgets.contacts')}</h3>
        <p className="small muted">{t('widgets.noContacts')}</p>
      </section>
    );
  }
  const months = monthsUpTo(last, SHOWN);
  const x = scaleBand<string>({ domain: months, range: [0, WIDTH], paddingInner: 0.12 });
  const y = scaleLinear<number>({ domain: [0, Math.max(1, ...months.map((m) => counts.get(m) ?? 0))], range: [0, HEIGHT - 2] });
  const middle = (month: string) => (x(month) ?? 0) + x.bandwidth() / 2;
  return (
    <section className="widget">
      <h3>
        {t('widgets.contacts')} <span className="unit">{t('widgets.months', { count: SHOWN })}</span>
      </h3>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`} className="chart" role="img" aria-label={t('widgets.contacts')}>
        {months.map((month) => {
          const value = counts.get(month) ?? 0;
          const height = value ? Math.max(1.5, y(value)) : 0;
          return (
            <Bar key={month} x={x(month) ?? 0} y={HEIGHT - height} width={x.bandwidth()} height={height} rx={1} fill={month === now ? 'var(--bar2)' : 'var(--bar)'}>
              <title>{`${format.month(month)} ${month.slice(0, 4)}: ${format.count(value)}`}</title>
            </Bar>
          );
        })}
        <line x1={0} x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} stroke="var(--line2)" />
        {months.map((month, index) =>
          index % 4 === 1 ? (
            <text key={month} x={middle(month)} y={HEIGHT + 14} textAnchor={anchorAt(middle(month), WIDTH)} className="tick">
              {format.month(month)}
              {month.endsWith('-01') ? ` ${month.slice(0, 4)}` : ''}
            </text>
          ) : null,
        )}
      </svg>
    </section>
  );
}
