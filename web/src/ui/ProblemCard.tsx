// One card for every refusal of the server: what, why, and the next action.
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/client';
import { useLocale } from '../i18n/useLocale';

export function ProblemCard(props: { error: unknown; onRetry?: () => void; children?: ReactNode }) {
  const { t } = useLocale();
  const problem = props.error instanceof ApiProblem ? props.error.problem : null;
  const unreachable = problem?.status === 0;
  const title = unreachable ? t('states.unreachable') : problem?.title || t('states.problem');
  const detail = unreachable ? t('states.unreachableText') : problem?.detail;
  return (
    <div className="callout bad" role="alert">
      <p className="callout-title">
        <IconAlertTriangle size={16} aria-hidden />
        {title}
      </p>
      {detail && <p>{detail}</p>}
      {problem?.errors && (
        <ul>
          {problem.errors.map((fault) => (
            <li key={`${fault.field}${fault.reason}`}>
              <b>{fault.field}</b>: {fault.reason}
            </li>
          ))}
        </ul>
      )}
      {props.children}
      {props.onRetry && (
        <button type="button" className="btn tight" onClick={props.onRetry}>
          {t('app.retry')}
        </button>
      )}
    </div>
  );
}
