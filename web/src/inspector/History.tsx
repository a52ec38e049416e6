// What happened to a record: who, when, old and new value.
import { useQuery } from '@tanstack/react-query';
import { historyQuery } from '../api/queries';
import { useLocale } from '../i18n/useLocale';
import { ProblemCard } from '../ui/ProblemCard';

type Props = { id: string; fieldName: (field: string) => string; shown: (value: unknown) => string };

export function History({ id, fieldName, shown }: Props) {
  const { t, format } = useLocale();
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
          {entry.action !== 'create' &&
            entry.action !== 'import' &&
            entry.changes.map((change) => (
              <p key={change.field} className="small second">
                {fieldName(change.field)}: <del>{shown(change.old)}</del> → {shown(change.new)}
              </p>
            ))}
        </li>
      ))}
    </ol>
  );
}
