// A region: its published figures, our accounts in it, and the regions inside it to go on to.
import { useQuery } from '@tanstack/react-query';
import { cubeQuery, regionQuery, regionsQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { Bars } from '../widgets/Bars';
import { FigureList } from './FigureList';
import { InspectorHead } from './InspectorHead';

export function RegionInspector({ level, code }: { level: string; code: string }) {
  const { choose, catalogue } = useWorkbench();
  const { t, format, label } = useLocale();
  const { drillTo, fit } = useDrill();
  const region = useQuery(regionQuery(level, code));
  const childLevel = region.data?.children_level ?? null;
  const children = useQuery({ ...regionsQuery(childLevel ?? '', code), enabled: childLevel !== null });
  const inside = { op: '=', args: [{ property: level }, code] };
  const counts = useQuery(
    cubeQuery('accounts', { filter: inside, measures: ['count', 'customers'], dimensions: childLevel ? [childLevel] : [] }),
  );
  if (region.error) return <div className="pad"><ProblemCard error={region.error} onRetry={() => void region.refetch()} /></div>;
  if (!region.data) return <Skeleton />;
  const { data } = region;
  const levelName = (name: string | null) => {
    const found = catalogue.region_levels.find((l) => l.level === name);
    return found ? label(found.labels) : '';
  };
  const total = (counts.data?.rows ?? []).reduce((sum, row) => sum + (row.values[0] ?? 0), 0);
  const customers = (counts.data?.rows ?? []).reduce((sum, row) => sum + (row.values[1] ?? 0), 0);
  const countOf = (child: string) => counts.data?.rows.find((row) => row.keys[0] === child)?.values[0] ?? 0;
  const rows = (children.data?.regions ?? [])
    .map((child) => ({ ...child, count: countOf(child.code) }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  return (
    <article data-testid="region-inspector">
      <InspectorHead
        title={data.name}
        text={`${levelName(level)} · ${data.code}`}
        onZoom={() => void fit({ level, code })}
        onClose={() => choose(null)}
      />
      <section className="widget">
        <dl className="ratios">
          <div>
            <dt>{t('inspector.ourAccounts')}</dt>
            <dd>{format.count(total)}</dd>
          </div>
          <div>
            <dt>{t('layers.customers')}</dt>
            <dd>{format.count(customers)}</dd>
          </div>
          <div>
            <dt>{t('inspector.area')}</dt>
            <dd>{format.area(data.area_m2)}</dd>
          </div>
        </dl>
      </section>
      {childLevel && rows.length > 0 && (
        <section className="widget">
          <h3>
            {t('drill.children', { level: levelName(childLevel), name: data.name })} <span className="unit">{format.count(rows.length)}</span>
          </h3>
          <Bars
            testId="child"
            hint={(name) => t('drill.open', { name })}
            rows={rows.map((row) => ({ key: row.code, label: row.name, value: row.count, text: format.count(row.count), chosen: false }))}
            onPick={(child) => drillTo({ level: childLevel, code: child })}
          />
        </section>
      )}
      <section className="widget">
        <FigureList title={t('inspector.figures')} figures={data.indicators} />
      </section>
    </article>
  );
}
