// Where the user stands in the region levels; every step leads back there.
import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { regionQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { useDrill } from './useDrill';

export function Breadcrumb() {
  const { selection } = useWorkbench();
  const { t } = useLocale();
  const { drillTo, toRoot } = useDrill();
  const { region } = selection;
  const detail = useQuery({
    ...regionQuery(region?.level ?? '', region?.code ?? ''),
    enabled: region !== null,
  });
  if (!region) return null;
  const path = detail.data?.path ?? [];
  const last = path.at(-1);
  const steps =
    last?.code === region.code && last.level === region.level
      ? path
      : [...path, { ...region, name: detail.data?.name ?? region.code }];
  return (
    <nav className="breadcrumb" aria-label={t('drill.label')} data-testid="breadcrumb">
      <ol>
        <li>
          <button type="button" onClick={toRoot}>
            {t('drill.root')}
          </button>
        </li>
        {steps.map((step, index) => {
          const here = index === steps.length - 1;
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
