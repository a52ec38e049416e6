// The figures of what is in view or selected, all from one answer.
import { IconLasso } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { regionsQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { conditionText } from '../filters/conditionText';
import { keyOf, toggleValue, valuesOn, without } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { Empty } from '../ui/Empty';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { Bars } from './Bars';
import { CountWidget } from './CountWidget';
import { OrganisationsOnly, PersonsNote } from './PersonsNote';
import { TimeWidget } from './TimeWidget';
import { YearWidget } from './YearWidget';
import type { Figures } from './questions';
import { useFigures } from './useFigures';

function CategoryWidget({ figures }: { figures: Figures }) {
  const { filter } = useWorkbench();
  const { t, format, code } = useLocale();
  const chosen = valuesOn(filter.definition, 'category');
  const rows = figures.categories.filter(({ key }) => key !== null);
  if (rows.length === 0) return null;
  return (
    <section className="widget">
      <div className="widget-head">
        <h3>{t('widgets.segment')}</h3>
        <span className="small muted">{t('widgets.clickToFilter')}</span>
      </div>
      <OrganisationsOnly when={figures.leftOut.has('category')} />
      <Bars
        testId="segment"
        hint={(name) => t('layers.filterRow', { name })}
        rows={rows.map(({ key, count }) => ({
          key: String(key),
          label: code('category', key),
          value: count,
          text: format.count(count),
          chosen: chosen.includes(String(key)),
        }))}
        onPick={(key, add) => filter.apply(toggleValue(filter.definition, 'category', key, add))}
      />
    </section>
  );
}

function RegionsWidget({ figures, level }: { figures: Figures; level: string }) {
  const { catalogue, selection } = useWorkbench();
  const { t, format, label } = useLocale();
  const { drillTo } = useDrill();
  const names = useQuery(regionsQuery(level));
  const found = catalogue.region_levels.find((l) => l.level === level);
  const rows = figures.regions.filter(({ key }) => key !== null);
  if (!found || rows.length === 0) return null;
  const nameOf = (code: string) => names.data?.regions.find((r) => r.code === code)?.name ?? code;
  return (
    <section className="widget">
      <div className="widget-head">
        <h3>
          {label(found.labels)}{' '}
          <span className="unit">
            {t('widgets.top', { shown: rows.length, total: format.count(figures.regionGroups) })}
          </span>
        </h3>
        <span className="small muted">{t('widgets.drillHint')}</span>
      </div>
      <OrganisationsOnly when={figures.leftOut.has('region')} />
      <Bars
        testId="region-bar"
        hint={(name) => t('drill.open', { name })}
        rows={rows.map(({ key, count }) => ({
          key: String(key),
          label: nameOf(String(key)),
          value: count,
          text: format.count(count),
          chosen: selection.region?.code === key,
        }))}
        onPick={(key) => drillTo({ level, code: key })}
      />
    </section>
  );
}

/** Why nothing is there: the condition that removes most, or the area, or the view. */
function NoAccounts({ figures }: { figures: Figures }) {
  const { filter, scope, catalogue, hasArea } = useWorkbench();
  const words = useLocale();
  const { t, format } = words;
  const worst = filter.definition.conditions
    .map((condition) => ({ condition, effect: figures.effects.get(keyOf(condition)) ?? 0 }))
    .sort((a, b) => b.effect - a.effect)[0];
  const icon = <IconLasso size={18} />;
  if (scope === 'selection' && worst && worst.effect > 0) {
    const { name, value } = conditionText(worst.condition, catalogue, words);
    return (
      <Empty
        icon={icon}
        title={t('widgets.emptyTitle')}
        text={t('widgets.emptyBecause', { condition: `${name} ${value}`, formatted: format.count(worst.effect) })}
        action={
          <button type="button" className="btn" onClick={() => filter.apply(without(filter.definition, keyOf(worst.condition)))}>
            {t('widgets.removeCondition')}
          </button>
        }
      />
    );
  }
  if (scope === 'selection' && hasArea && figures.withoutArea > 0) {
    return (
      <Empty
        icon={icon}
        title={t('widgets.emptyTitle')}
        text={t('widgets.emptyArea', { formatted: format.count(figures.withoutArea) })}
        action={
          <button type="button" className="btn" onClick={() => filter.apply({ ...filter.definition, geometry: null })}>
            {t('widgets.removeArea')}
          </button>
        }
      />
    );
  }
  return <Empty icon={icon} title={t('widgets.emptyTitle')} text={t('widgets.emptyView')} />;
}

export function WidgetsPanel() {
  const { figures, regionLevel, fetching, error, retry } = useFigures();
  if (!figures) return error ? <div className="pad"><ProblemCard error={error} onRetry={retry} /></div> : <Skeleton />;
  const empty = figures.totals.count === 0;
  return (
    <div className={fetching ? 'widgets stale' : 'widgets'} aria-busy={fetching}>
      {error ? <div className="pad"><ProblemCard error={error} onRetry={retry} /></div> : null}
      <CountWidget figures={figures} />
      <PersonsNote persons={figures.persons} />
      {empty ? (
        <NoAccounts figures={figures} />
      ) : (
        <>
          <CategoryWidget figures={figures} />
          <YearWidget figures={figures} />
          {regionLevel && <RegionsWidget figures={figures} level={regionLevel} />}
        </>
      )}
      <TimeWidget figures={figures} fetching={fetching} />
    </div>
  );
}
