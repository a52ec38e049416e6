// Title, subtitle and the two buttons every inspected thing has: show it on the map, close.
import { IconFocus2, IconPencil, IconX } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type { Position } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';

type Props = {
  title: string;
  text: string;
  place?: Position | null;
  onZoom?: () => void;
  onClose: () => void;
  onRename?: (name: string) => void;
  children?: ReactNode;
};

const NEAR_ZOOM = 16.5;

export function InspectorHead({ title, text, place, onZoom, onClose, onRename, children }: Props) {
  const { map } = useWorkbench();
  const { t } = useLocale();
  const [draft, setDraft] = useState<string | null>(null);
  const zoom = onZoom ?? (place ? () => map?.easeTo({ center: place, zoom: Math.max(map.getZoom(), NEAR_ZOOM) }) : undefined);
  const close = (next: string | null) => {
    setDraft(null);
    const name = next?.trim();
    if (name && name !== title) onRename?.(name);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') close(draft);
    else if (event.key === 'Escape') close(null);
    else return;
    event.stopPropagation();
  };
  return (
    <header className="inspector-head">
      <div className="row">
        {draft === null ? (
          <h2 className="grow clip-2" data-testid="inspector-title">
            {title}
          </h2>
        ) : (
          <input className="input grow" aria-label={t('inspector.field.name')} autoFocus value={draft} data-testid="input-name" onChange={(event) => setDraft(event.currentTarget.value)} onBlur={() => close(draft)} onKeyDown={onKey} />
        )}
        {onRename && draft === null && (
          <button type="button" className="ib" aria-label={t('inspector.edit', { name: t('inspector.field.name') })} title={t('inspector.edit', { name: t('inspector.field.name') })} data-testid="edit-name" onClick={() => setDraft(title)}>
            <IconPencil size={16} />
          </button>
        )}
        {zoom && (
          <button type="button" className="ib" aria-label={t('inspector.zoomTo')} title={t('inspector.zoomTo')} onClick={zoom}>
            <IconFocus2 size={16} />
          </button>
        )}
        <button type="button" className="ib" aria-label={t('inspector.close')} title={t('inspector.close')} data-testid="inspector-close" onClick={onClose}>
          <IconX size={16} />
        </button>
      </div>
      {text && <p className="second">{text}</p>}
      {children}
    </header>
  );
}
