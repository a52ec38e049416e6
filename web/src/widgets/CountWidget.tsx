// How many accounts, of how many, split into customers and prospects, with three ratios.
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import type { Scope } from '../url/mapSearch';
import { Segmented } from '../ui/Segmented';
import type { Figures } from './questions';

export function CountWidget({ figures }: { figures: Figures }) {
  const { scope, setScope, filter } = useWorkbench();
  const { t, format } = useLocale();
  const { totals, all, withoutPlace, persons } = figures;
  const share = (part: number) => (totals.count > 0 ? (part / totals.count) * 100 : 0);
  // Rounded parts do not add up, so that what is left would mean nothing.
  const former = persons.told === 'exact' ? totals.count - totals.customers - totals.prospects : 0;
  return (
    <section className="widget">
      <div className="widget-head">
        <h3>
          {t('widgets.accounts')}{' '}
          <span className="unit">{scope === 'view' ? t('widgets.inView') : t('widgets.inSelection')}</span>
        </h3>
        {filter.hash && (
          <Segmented<Scope>
            label={t('widgets.scope')}
            testId="scope"
            value={scope}
            onChange={setScope}
            options={[
              { value: 'view', label: t('widgets.view') },
              { value: 'selection', label: t('widgets.selection') },
            ]}
          />
        )}
      </div>
      <p className="figure-row">
        <span className="figure" data-testid="account-count" data-count={totals.count}>
          {format.count(totals.count)}
        </span>{' '}
        <span className="muted">
          {t('widgets.ofTotal', {
            total: format.count(all.count),
            share: format.share(all.count > 0 ? totals.count / all.count : 0),
          })}
        </span>
      </p>
      <div className="split" aria-hidden>
        <i className="split-customers" style={{ width: `${share(totals.customers)}%` }} />
        <i className="split-prospects" style={{ width: `${share(totals.prospects)}%` }} />
      </div>
      <div className="row between small">
        <span>{t('widgets.customers', { count: totals.customers, formatted: format.count(totals.customers) })}</span>
        {former > 0 && <span className="muted">{t('widgets.former', { formatted: format.count(former) })}</span>}
        <span>{t('widgets.prospects', { count: totals.prospects, formatted: format.count(totals.prospects) })}</span>
      </div>
      <dl className="ratios">
        <div>
          <dt>{t('widgets.revenue')}</dt>
          <dd data-testid="revenue">{format.moneyShort(totals.revenueCents)}</dd>
        </div>
        <div>
          <dt>{t('widgets.perCustomer')}</dt>
          <dd>{totals.customers > 0 ? format.moneyShort(totals.revenueCents / totals.customers) : '–'}</dd>
        </div>
        <div>
          <dt>{t('widgets.penetration')}</dt>
          <dd>{totals.count > 0 ? format.share(totals.customers / totals.count) : '–'}</dd>
        </div>
      </dl>
      {withoutPlace > 0 && scope === 'selection' && (
        <p className="tiny muted">
          {t('widgets.withoutPlace', { count: withoutPlace, formatted: format.count(withoutPlace) })}
        </p>
      )}
    </section>
  );
}
