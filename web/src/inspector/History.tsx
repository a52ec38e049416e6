// What happened to a record: who, when, old and new value.
import { useQuery } from '@tanstack/react-query';
import { historyQuery } from '../api/queries';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';

type Props = { id: string; fieldName: (field: string) => string; shown: (value: unknown) => string };

/** Actions that say all there is to say. */
const PLAIN = new Set(['create', 'import', 'delete', 'restore', 'undo']);

export function History({ id, fieldName, shown }: Props) {
  const { t, format, code } = useLocale();
  const text = (field: string, value: unknown) => {
    if (typeof value === 'number' && field.endsWith('_cents')) return format.money(value);
    if (typeof value === 'number' && (field === 'lng' || field === 'lat')) return value.toFixed(5);
    if (typeof value === 'string' && field.endsWith('_on')) return format.date(value);
    return typeof value === 'string' ? code(field, value) : shown(value);
  };
  const history = useQuery(historyQuery(id));
  if (history.error) return <ProblemCard error={history.error} />;
  const entries = history.data?.entries ?? [];
  if (history.data && entries.length === 0) return <p className="small muted">{t('inspector.noHistory')}</p>;
  return (
    <ol className="history" data-testid="history">
      {entries.map((entry) => (
        <li key={`${entry.at}${entry.action}${entry.changes.map((c) => c.field).join()}`}>
          <div className="row between">
            <span className="strong">
              {t('inspector.by', { action: t(`inspector.action.${entry.action}`), name: entry.user?.name ?? t('inspector.system') })}
            </span>
            <time className="tiny muted" dateTime={entry.at}>
              {format.instant(entry.at)}
            </time>
          </div>
          {!PLAIN.has(entry.action) &&
            entry.changes.map((change) => (
              <p key={change.field} className="small second">
                {fieldName(change.field)}: <del>{text(change.field, change.old)}</del> → {text(change.field, change.new)}
              </p>
            ))}
        </li>
      ))}
    </ol>
  );
}
