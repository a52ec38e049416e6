// The values of a dimension with the number of accounts each holds, all other conditions given.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cubeQuery, regionsQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';
import { toggleValue, valuesOn } from './model';
import { whereOf } from './where';

const FIRST = 8;
const ASKED = 300;
/** From this many values on, a search field helps. */
const SEARCH_FROM = 12;

export function ValuesFilter({ property, name }: { property: string; name: string }) {
  const { filter, selection, catalogue, parts } = useWorkbench();
  const { t, format, code } = useLocale();
  const [all, setAll] = useState(false);
  const [text, setText] = useState('');
  const isRegion = catalogue.region_levels.some((l) => l.level === property);
  const answer = useQuery(
    cubeQuery('accounts', {
      ...whereOf(selection, { ...parts, without: [property] }),
      measures: ['count'],
      dimensions: [property],
      order: [{ by: 'count', descending: true }],
      limit: ASKED,
    }),
  );
  const regions = useQuery({ ...regionsQuery(property), enabled: isRegion });
  const nameOf = (value: string | number | null) => {
    if (isRegion) return regions.data?.regions.find((r) => r.code === value)?.name ?? code(property, value);
    if (property === 'owner') return catalogue.users.find((u) => u.id === value)?.name ?? code(property, value);
    if (property === 'territory') {
      const territory = catalogue.territories.find((item) => item.code === value);
      return territory ? territory.name : code(property, value);
    }
    return code(property, value);
  };
  const chosen = valuesOn(filter.definition, property);
  const rows = (answer.data?.rows ?? []).map(({ keys, values }) => ({
    value: keys[0] ?? null,
    label: nameOf(keys[0] ?? null),
    count: values[0] ?? 0,
  }));
  // A chosen value that the other conditions leave nothing of must stay reachable, to be taken back.
  for (const value of chosen) {
    if (!rows.some((row) => row.value === value)) rows.push({ value, label: nameOf(value), count: 0 });
  }
  const wanted = rows.filter((row) => row.label.toLowerCase().includes(text.toLowerCase()));
  const shown = all || text ? wanted : wanted.filter((row, i) => i < FIRST || chosen.includes(row.value));
  const most = Math.max(1, ...rows.map((row) => row.count));
  if (answer.error) return <ProblemCard error={answer.error} onRetry={() => void answer.refetch()} />;
  return (
    <div className={answer.isFetching ? 'filter-body stale' : 'filter-body'}>
      {rows.length >= SEARCH_FROM && (
        <input
          type="search"
          className="input tight"
          value={text}
          placeholder={t('filters.searchIn', { name })}
          aria-label={t('filters.searchIn', { name })}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {answer.data && rows.length === 0 && <p className="small muted">{t('filters.noValues')}</p>}
      <ul>
        {shown.map((row) => (
          <li key={String(row.value)}>
            <label className="check-row" style={{ '--share': row.count / most } as React.CSSProperties}>
              <input
                type="checkbox"
                checked={chosen.includes(row.value)}
                data-testid={`value-${property}-${row.value}`}
                onChange={() => filter.apply(toggleValue(filter.definition, property, row.value, true))}
              />
              <span className="clip grow">{row.label}</span>
              <span className="num muted">{format.count(row.count)}</span>
            </label>
          </li>
        ))}
      </ul>
      {!text && wanted.length > shown.length && (
        <button type="button" className="link small" onClick={() => setAll(true)}>
          {t('filters.moreValues', { count: wanted.length - shown.length })}
        </button>
      )}
      {all && (
        <button type="button" className="link small" onClick={() => setAll(false)}>
          {t('app.less')}
        </button>
      )}
    </div>
  );
}
