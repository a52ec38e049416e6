// Where the user stands in the region levels; every step leads back there.
import { IconChevronRight, IconWorld } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { regionQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { useDrill } from './useDrill';

/** Steps named at the end of the path; the ones before fold into an ellipsis. */
const SHOWN = 3;

export function Breadcrumb() {
  const { selection } = useWorkbench();
  const { t } = useLocale();
  const { drillTo, toRoot, up } = useDrill();
  const { region } = selection;
  const detail = useQuery({
    ...regionQuery(region?.level ?? '', region?.code ?? ''),
    enabled: region !== null,
  });
  const path = detail.data?.path ?? [];
  const last = path.at(-1);
  const complete = !region || (last?.code === region.code && last.level === region.level);
  const steps = complete ? path : [...path, { ...region, name: detail.data?.name ?? region.code }];
  return (
    <nav className="breadcrumb" aria-label={t('drill.label')} data-testid="breadcrumb">
      <ol>
        <li>
          {region ? (
            <button type="button" className="ib little" aria-label={t('drill.root')} title={t('drill.root')} data-testid="drill-root" onClick={toRoot}>
              <IconWorld size={16} />
            </button>
          ) : (
            <span aria-current="location" className="muted">
              {t('drill.root')}
            </span>
          )}
        </li>
        {steps.length > SHOWN && (
          <li>
            <IconChevronRight size={14} aria-hidden />
            <button type="button" aria-label={t('drill.up')} title={steps.slice(0, -SHOWN).map((step) => step.name).join(' › ')} onClick={up}>
              …
            </button>
          </li>
        )}
        {steps.slice(-SHOWN).map((step, index, shown) => {
          const here = index === shown.length - 1;
          return (
            <li key={`${step.level}:${step.code}`}>
              <IconChevronRight size={14} aria-hidden />
              {here ? (
                <span aria-current="location" className="strong">
                  {step.name}
                </span>
              ) : (
                <button type="button" onClick={() => drillTo(step)}>
                  {step.name}
                </button>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
