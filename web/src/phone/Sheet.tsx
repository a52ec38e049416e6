// A sheet that stands at one of three heights, moved by dragging its handle or by keys.
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useLocale } from '../i18n/useLocale';

export type Stop = 'low' | 'half' | 'full';
const STOPS: Stop[] = ['low', 'half', 'full'];
/** Share of the window each stop takes. */
const SHARE: Record<Stop, number> = { low: 0.11, half: 0.46, full: 0.9 };

export function Sheet({ stop, onStop, children }: { stop: Stop; onStop: (stop: Stop) => void; children: ReactNode }) {
  const { t } = useLocale();
  const [dragged, setDragged] = useState<number | null>(null);
  const start = useRef<{ y: number; share: number; moved: boolean } | null>(null);

  const step = (by: number) => onStop(STOPS[Math.max(0, Math.min(2, STOPS.indexOf(stop) + by))] ?? stop);
  const onDown = (event: PointerEvent<HTMLButtonElement>) => {
    start.current = { y: event.clientY, share: SHARE[stop], moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const from = start.current;
    if (!from) return;
    const by = (from.y - event.clientY) / innerHeight;
    if (Math.abs(by) > 0.01) from.moved = true;
    setDragged(Math.max(0.08, Math.min(0.94, from.share + by)));
  };
  const onUp = () => {
    const from = start.current;
    start.current = null;
    if (from && !from.moved) onStop(STOPS[(STOPS.indexOf(stop) + 1) % STOPS.length] ?? stop);
    else if (dragged !== null) {
      onStop([...STOPS].sort((a, b) => Math.abs(SHARE[a] - dragged) - Math.abs(SHARE[b] - dragged))[0] ?? stop);
    }
    setDragged(null);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'ArrowUp') step(1);
    else if (event.key === 'ArrowDown') step(-1);
    else return;
    event.preventDefault();
  };
  return (
    <section
      className={dragged === null ? 'sheet' : 'sheet dragging'}
      style={{ height: `${(dragged ?? SHARE[stop]) * 100}%` }}
      data-stop={stop}
      aria-label={t('panel.right')}
    >
      <button
        type="button"
        className="sheet-handle"
        aria-label={t('panel.sheet')}
        data-testid="sheet-handle"
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onKeyDown={onKey}
      >
        <i />
      </button>
      {children}
    </section>
  );
}
