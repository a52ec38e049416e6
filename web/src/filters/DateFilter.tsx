// First and last day of a period.
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { conditionOn, withDates } from './model';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function DateFilter({ property }: { property: string }) {
  const { filter } = useWorkbench();
  const { t } = useLocale();
  const condition = conditionOn(filter.definition, property);
  const dates = condition?.kind === 'dates' ? condition : { from: null, to: null };
  const set = (from: string | null, to: string | null) => {
    filter.apply(withDates(filter.definition, property, from, to));
  };
  const read = (text: string) => (DAY.test(text) ? text : null);
  const wrong = dates.from !== null && dates.to !== null && dates.from > dates.to;
  return (
    <div className="filter-body">
      <div className="bounds">
        <label className="bound">
          <span className="tiny muted">{t('filters.from')}</span>
          <input type="date" className="input tight" value={dates.from ?? ''} aria-invalid={wrong || undefined} onChange={(event) => set(read(event.currentTarget.value), dates.to)} />
        </label>
        <label className="bound">
          <span className="tiny muted">{t('filters.to')}</span>
          <input type="date" className="input tight" value={dates.to ?? ''} aria-invalid={wrong || undefined} onChange={(event) => set(dates.from, read(event.currentTarget.value))} />
        </label>
      </div>
      {wrong && <p className="field-error">{t('filters.notOrder')}</p>}
    </div>
  );
}
