// Published figures of a place or region: the telling ones first, all on demand, suppressed ones named so.
import { useState } from 'react';
import type { RegionFigure, RegionRef } from '../api/types';
import { useLocale } from '../i18n/useLocale';

type Figure = RegionFigure & { level?: string; code?: string };
type Props = { title: string; figures: Figure[]; regions?: RegionRef[] };

const FIRST = 8;
/** Beginnings of the names of figures that say most about a place. */
const TELLING = ['population', 'households', 'income', 'property_value', 'average_property', 'woz', 'owner', 'density'];

function rank(figure: Figure): number {
  const at = TELLING.findIndex((start) => figure.indicator.startsWith(start));
  return at < 0 ? TELLING.length : at;
}

export function FigureList({ title, figures, regions }: Props) {
  const { t, format, locale } = useLocale();
  const [all, setAll] = useState(false);
  if (figures.length === 0) return null;
  const sorted = [...figures].sort((a, b) => rank(a) - rank(b));
  const shown = all ? sorted : sorted.slice(0, FIRST);
  const region = (figure: Figure) => regions?.find((r) => r.level === figure.level && r.code === figure.code)?.name;
  return (
    <>
      <h3 className="sub">{title}</h3>
      <dl className="figures" data-testid="figures">
        {shown.map((figure) => (
          <div key={`${figure.indicator}${figure.level ?? ''}${figure.year}`}>
            <dt>
              {locale === 'nl' ? figure.title_nl : figure.title_en}{' '}
              <span className="muted">
                {figure.year}
                {regions && region(figure) ? ` · ${region(figure)}` : ''}
              </span>
            </dt>
            <dd>
              {figure.suppressed || figure.value === null ? (
                <span className="muted">{figure.suppressed ? t('inspector.suppressed') : '–'}</span>
              ) : (
                format.withUnit(figure.value, figure.unit)
              )}
            </dd>
          </div>
        ))}
      </dl>
      {figures.length > FIRST && (
        <button type="button" className="link small" onClick={() => setAll(!all)}>
          {all ? t('app.less') : `${t('app.more')} (${figures.length - FIRST})`}
        </button>
      )}
    </>
  );
}
