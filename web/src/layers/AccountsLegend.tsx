// Accounts by status, with what is left out for want of a place.
import { useWorkbench } from '../app/workbench';
import { toggleValue, valuesOn } from '../filters/model';
import { useLocale } from '../i18n/useLocale';
import { useFigures } from '../widgets/useFigures';
import { LegendRow } from './LegendRow';

const STATUSES = ['customer', 'prospect', 'former'] as const;
const NAMES = { customer: 'layers.customers', prospect: 'layers.prospects', former: 'layers.former' } as const;

export function AccountsLegend() {
  const { filter, setLeftTab } = useWorkbench();
  const { t, format } = useLocale();
  const { figures } = useFigures();
  const chosen = valuesOn(filter.definition, 'status');
  const count = (status: string) => figures?.statuses.find(({ key }) => key === status)?.count ?? 0;
  const shown = STATUSES.filter((status) => status !== 'former' || count(status) > 0);
  return (
    <>
      <ul className="legend">
        {shown.map((status) => (
          <LegendRow
            key={status}
            testId={`status-${status}`}
            swatch={<i className={`dot ${status}`} />}
            name={t(NAMES[status])}
            count={figures ? format.count(count(status)) : ''}
            chosen={chosen.length > 0 ? chosen.includes(status) : undefined}
            onPick={(add) => filter.apply(toggleValue(filter.definition, 'status', status, add))}
          />
        ))}
      </ul>
      {figures !== null && figures.doubtful > 0 && (
        <p className="source">
          <button type="button" className="link" onClick={() => { setLeftTab('filters'); filter.apply(toggleValue(filter.definition, 'place_state', 'doubtful', false)); }}>
            {t('layers.doubtful', { count: figures.doubtful })}
          </button>
        </p>
      )}
    </>
  );
}
