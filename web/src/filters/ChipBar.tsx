// Over the map: where the user stands, and every condition of the filter with what it alone takes away.
import { IconFilter, IconLink, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { regionQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { Breadcrumb } from '../drill/Breadcrumb';
import { useDrill } from '../drill/useDrill';
import { useLocale } from '../i18n/useLocale';
import { showToast } from '../ui/toast';
import { useFigures } from '../widgets/useFigures';
import { conditionText } from './conditionText';
import { keyOf, without } from './model';

type ChipProps = {
  /** `null` where the breadcrumb beside it says it already. */
  name: string | null;
  value: string;
  effect: string | null;
  effectTitle?: string;
  area?: boolean;
  testId?: string;
  onRemove: () => void;
};

function Chip({ name, value, effect, effectTitle, area, testId, onRemove }: ChipProps) {
  const { t } = useLocale();
  const label = t('filters.remove', { name: name === null ? value : `${name} ${value}` });
  return (
    <span className={area ? 'chip area' : 'chip'} data-testid={testId}>
      {name !== null && (
        <>
          <span className="chip-name">{name}</span>
          <span className="chip-value clip">{value}</span>
        </>
      )}
      {effect !== null && (
        <span className="chip-effect" title={effectTitle}>
          {effect}
        </span>
      )}
      <button type="button" className="chip-x" aria-label={label} title={label} onClick={onRemove}>
        <IconX size={14} />
      </button>
    </span>
  );
}

export function ChipBar() {
  const { filter, catalogue, selection, setLeftTab } = useWorkbench();
  const words = useLocale();
  const { t, format } = words;
  const { figures } = useFigures();
  const { toRoot } = useDrill();
  const { region } = selection;
  const detail = useQuery({ ...regionQuery(region?.level ?? '', region?.code ?? ''), enabled: region !== null });
  const { definition } = filter;

  const areaEffect = figures
    ? `${format.count(figures.all.count)} → ${format.count(figures.area)}`
    : null;
  const areaTitle =
    figures &&
    t('filters.areaEffect', { before: format.count(figures.all.count), after: format.count(figures.area) });
  const copy = () => {
    void navigator.clipboard
      .writeText(location.href)
      .then(() => showToast({ tone: 'plain', text: t('app.linkCopied') }));
  };

  return (
    <div className="chips">
      <button type="button" className="ib" aria-label={t('filters.open')} title={t('filters.open')} onClick={() => setLeftTab('filters')}>
        <IconFilter size={16} />
      </button>
      <Breadcrumb />
      <div className="chip-list" role="group" aria-label={t('filters.title')}>
        {region && !definition.geometry && (
          <Chip
            area
            testId="chip-region"
            name={null}
            value={detail.data?.name ?? region.code}
            effect={areaEffect}
            effectTitle={areaTitle ?? undefined}
            onRemove={toRoot}
          />
        )}
        {definition.geometry && (
          <Chip
            area
            testId="chip-area"
            name={t('filters.area')}
            value={t(`tools.shape.${filter.shape}`)}
            effect={areaEffect}
            effectTitle={areaTitle ?? undefined}
            onRemove={() => filter.apply({ ...definition, geometry: null })}
          />
        )}
        {definition.conditions
          .filter((condition) => definition.geometry || keyOf(condition) !== region?.level)
          .map((condition) => {
            const key = keyOf(condition);
            const { name, value } = conditionText(condition, catalogue, words);
            const effect = figures?.effects.get(key);
            return (
              <Chip
                key={key}
                testId={`chip-${key}`}
                name={name}
                value={value}
                effect={effect === undefined ? null : format.change(-effect)}
                effectTitle={effect === undefined ? undefined : t('filters.effect', { count: effect })}
                onRemove={() => filter.apply(without(definition, key))}
              />
            );
          })}
      </div>
      <span className="grow" />
      <button type="button" className="ib" aria-label={t('app.copyLink')} title={t('app.copyLink')} onClick={copy}>
        <IconLink size={16} />
      </button>
    </div>
  );
}
