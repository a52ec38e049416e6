// The list of keys.
import { Modal } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useLocale } from '../i18n/useLocale';

const KEYS = [
  ['/', 'search'], ['V', 'select'], ['R', 'rectangle'], ['L', 'lasso'], ['P', 'polygon'], ['C', 'radius'],
  ['T', 'table'], ['[  ]', 'panels'], ['1 – 6', 'layers'], ['↑ ↓ ← →', 'pan'], ['Enter', 'drill'], ['Backspace', 'up'],
  ['Esc', 'escape'], ['?', 'help'],
] as const;

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLocale();
  return (
    <Modal opened={open} onClose={onClose} size="sm" withCloseButton={false}>
      <div className="row between">
        <Modal.Title>{t('app.shortcuts')}</Modal.Title>
        <button type="button" className="ib" aria-label={t('app.close')} title={t('app.close')} onClick={onClose}>
          <IconX size={16} />
        </button>
      </div>
      <dl className="facts shortcuts">
        {KEYS.map(([key, name]) => (
          <div key={name} className="fact">
            <dt>{t(`shortcut.${name}`)}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
