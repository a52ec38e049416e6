// Floats over the foot of the map while something is selected or being drawn: how many, and what can be
// done with them.
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { cubeQuery, regionQuery } from '../api/queries';
import type { AreaGeometry, Where } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useDrill } from '../drill/useDrill';
import { useLocale } from '../i18n/useLocale';
import { ExportMenu } from './ExportMenu';
import { useDraft } from './draft';
import { useDraftCounts } from './useDraftCounts';
import { useSelectionCount } from './useSelectionCount';

type BarProps = { count: number | null; text: string; addresses: number | null; children?: ReactNode };

function Bar({ count, text, addresses, children }: BarProps) {
  const { t, format } = useLocale();
  return (
    <div className="float selbar" role="region" aria-label={t('selection.label')}>
      <span className="selbar-count" data-testid="selection-count" data-count={count ?? ''} aria-live="polite">
        {text}
      </span>
      <span className="selbar-of muted" data-testid="selection-addresses" data-count={addresses ?? ''}>
        {addresses === null
          ? ''
          : t('selection.addresses', { count: addresses, formatted: format.count(addresses) })}
      </span>
      {children}
    </div>
  );
}

function useInArea() {
  const { t, format } = useLocale();
  return (count: number | null) =>
    t('selection.inArea', { count: count ?? 0, formatted: count === null ? '…' : format.count(count) });
}

function DraftBar({ draft }: { draft: AreaGeometry }) {
  const { accounts, addresses } = useDraftCounts(draft);
  const inArea = useInArea();
  return <Bar count={accounts} text={inArea(accounts)} addresses={addresses} />;
}

/** Every address of the drawn area, or of the region drilled into. */
function useAddresses(): number | null {
  const { selection } = useWorkbench();
  const { areaHash, region } = selection;
  const inRegion = region && { filter: { op: '=', args: [{ property: region.level }, region.code] } };
  const where: Where = { ...(areaHash ? { f: areaHash } : {}), ...inRegion };
  const answer = useQuery(cubeQuery('addresses', { ...where, measures: ['count'] }));
  return answer.data?.rows[0]?.values[0] ?? null;
}

function AreaBar() {
  const { filter, selection } = useWorkbench();
  const { t, format } = useLocale();
  const { toRoot } = useDrill();
  const count = useSelectionCount();
  const addresses = useAddresses();
  const inArea = useInArea();
  const { region } = selection;
  const detail = useQuery({
    ...regionQuery(region?.level ?? '', region?.code ?? ''),
    enabled: region !== null,
  });
  const drawn = filter.definition.geometry !== null;
  const text =
    drawn || !region
      ? inArea(count)
      : t('selection.inRegion', {
          formatted: count === null ? '…' : format.count(count),
          name: detail.data?.name ?? region.code,
        });
  const clear = () => (drawn ? filter.apply({ ...filter.definition, geometry: null }) : toRoot());
  return (
    <Bar count={count} text={text} addresses={addresses}>
      <i className="bar-sep" />
      <ExportMenu />
      <i className="bar-sep" />
      <button type="button" className="ib" aria-label={t('selection.clear')} title={t('selection.clear')} data-testid="selection-clear" onClick={clear}>
        <IconX size={16} />
      </button>
    </Bar>
  );
}

export function SelectionBar() {
  const { hasArea } = useWorkbench();
  const draft = useDraft();
  if (draft) return <DraftBar draft={draft} />;
  return hasArea ? <AreaBar /> : null;
}
