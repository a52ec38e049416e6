// The tools for selecting on the map, each with its key.
import {
  IconCircleDashed,
  IconLasso,
  IconPointer,
  IconPolygon,
  IconRectangle,
} from '@tabler/icons-react';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { type MapMode, SELECT } from './mode';

const TOOLS = [
  { id: 'select', key: 'V', icon: IconPointer, mode: SELECT },
  { id: 'rectangle', key: 'R', icon: IconRectangle, mode: { name: 'draw', shape: 'rectangle' } },
  { id: 'lasso', key: 'L', icon: IconLasso, mode: { name: 'draw', shape: 'lasso' } },
  { id: 'polygon', key: 'P', icon: IconPolygon, mode: { name: 'draw', shape: 'polygon' } },
  { id: 'radius', key: 'C', icon: IconCircleDashed, mode: { name: 'draw', shape: 'radius' } },
] as const satisfies readonly { id: string; key: string; icon: unknown; mode: MapMode }[];

/** The mode a tool's key asks for. */
export const modeOfKey = (key: string): MapMode | null =>
  TOOLS.find((tool) => tool.key === key.toUpperCase())?.mode ?? null;

export function Toolbar() {
  const { mode, setMode } = useWorkbench();
  const { t } = useLocale();
  const active = mode.name === 'draw' ? mode.shape : 'select';
  return (
    <div className="float tools" role="toolbar" aria-label={t('tools.label')}>
      {TOOLS.map(({ id, key, icon: Icon, mode: wanted }) => {
        const label = `${t(`tools.${id}`)} (${key})`;
        return (
          <button
            key={id}
            type="button"
            className="ib"
            aria-label={label}
            title={label}
            aria-pressed={active === id}
            aria-keyshortcuts={key}
            data-testid={`tool-${id}`}
            onClick={() => setMode(wanted)}
          >
            <Icon size={16} />
          </button>
        );
      })}
    </div>
  );
}
