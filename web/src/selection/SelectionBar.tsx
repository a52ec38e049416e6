// Floats over the foot of the map while something is selected or being drawn: how many, and what can be
// done with them.
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { regionQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { useLocale } from '../i18n/useLocale';
import { ExportMenu } from './ExportMenu';
import { useDraftCount } from './useDraftCount';
import { useSelectionCount } from './useSelectionCount';

export function SelectionBar() {
  const { filter, selection, hasArea, draft } = useWorkbench();
  const { t, format } = useLocale();
  const { toRoot } = useDrill();
  const draftCount = useDraftCount(draft);
  const selected = useSelectionCount();
  const { region } = selection;
  const detail = useQuery({
    ...regionQuery(region?.level ?? '', region?.code ?? ''),
    enabled: region !== null,
  });
  if (!draft && !hasArea) return null;

  const count = draft ? draftCount : selected;
  const formatted = count === null ? '…' : format.count(count);
  const drawn = filter.definition.geometry !== null || draft !== null;
  const text =
    drawn || !region
      ? t('selection.inArea', { count: count ?? 0, formatted })
      : t('selection.inRegion', { formatted, name: detail.data?.name ?? region.code });
  const clear = () =>
    filter.definition.geometry ? filter.apply({ ...filter.definition, geometry: null }) : toRoot();

  return (
    <div className="float selbar" role="region" aria-label={t('selection.label')}>
      <span className="selbar-count" data-testid="selection-count" data-count={count ?? ''} aria-live="polite">
        {text}
      </span>
      {!draft && (
        <>
          <i className="bar-sep" />
          <ExportMenu />
          <i className="bar-sep" />
          <button type="button" className="ib" aria-label={t('selection.clear')} title={t('selection.clear')} data-testid="selection-clear" onClick={clear}>
            <IconX size={16} />
          </button>
        </>
      )}
    </div>
  );
}
