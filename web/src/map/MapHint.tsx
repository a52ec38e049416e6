// One line over the map that says how the active tool works, for pointer and keyboard.
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';

const HINTS = {
  lasso: 'tools.hintLasso',
  rectangle: 'tools.hintRectangle',
  polygon: 'tools.hintPolygon',
  radius: 'tools.hintRadius',
} as const;

export function MapHint({ points, focused }: { points: number; focused: boolean }) {
  const { mode } = useWorkbench();
  const { t } = useLocale();
  if (mode.name === 'select') return null;
  const text =
    mode.name === 'movePin'
      ? t('inspector.movePinHint')
      : focused
        ? t('tools.hintKeys')
        : t(HINTS[mode.shape]);
  return (
    <p className="float map-hint" role="status">
      {text}
      {points > 0 && <b> {t('tools.points', { count: points })}</b>}
    </p>
  );
}
