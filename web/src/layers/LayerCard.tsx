// The frame of a layer in the panel: closed it is one row, open it holds its settings and legend.
import type { ReactNode } from 'react';
import { useLocale } from '../i18n/useLocale';
import { Switch } from '../ui/Switch';

type Props = {
  id: string;
  icon: ReactNode;
  name: string;
  on: boolean;
  note?: string;
  after?: ReactNode;
  onToggle: (on: boolean) => void;
  children?: ReactNode;
};

export function LayerCard({ id, icon, name, on, note, after, onToggle, children }: Props) {
  const { t } = useLocale();
  return (
    <section className={on ? 'layer open' : 'layer'} data-testid={`layer-${id}`}>
      <div className="layer-head">
        {icon}
        <h3 className="grow clip">{name}</h3>
        {!on && note && <span className="tiny muted">{note}</span>}
        {on && after}
        <Switch on={on} label={t('layers.show', { name })} testId={`layer-switch-${id}`} onChange={onToggle} />
      </div>
      {on && children}
    </section>
  );
}
