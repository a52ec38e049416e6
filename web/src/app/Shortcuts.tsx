// The list of keys.
import { Modal } from '@mantine/core';
import { useLocale } from '../i18n/useLocale';

const KEYS = [
  ['/', 'search'], ['V', 'select'], ['R', 'rectangle'], ['L', 'lasso'], ['P', 'polygon'], ['C', 'radius'],
  ['T', 'table'], ['[  ]', 'panels'], ['1 – 6', 'layers'], ['↑ ↓ ← →', 'pan'], ['Enter', 'drill'], ['Backspace', 'up'],
  ['Esc', 'escape'], ['?', 'help'],
] as const;

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useLocale();
  return (
    <Modal opened={open} onClose={onClose} title={t('app.shortcuts')} size="sm" closeButtonProps={{ 'aria-label': t('app.close') }}>
      <dl className="facts">
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
