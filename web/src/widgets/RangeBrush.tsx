// Bars in a row with a window over some of them: drawn with the pointer, its edges moved by pointer or keys.
// What is being dragged is shown at once; the filter hears of it when the pointer is let go.
import { scaleBand, scaleLinear } from '@visx/scale';
import { Bar } from '@visx/shape';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { placeTicks } from '../ui/ticks';
import type { Window } from './timeSteps';

const WIDTH = 328;
const HEIGHT = 50;
/** A handle is taken from this far beside its line, in units of the drawing. */
const REACH = 12;

export type BrushBar = { key: string; value: number; title: string; tick: string | null; pale?: boolean };

type Props = {
  bars: BrushBar[];
  window: Window | null;
  labels: { first: string; last: string };
  testId: string;
  onWindow: (window: Window | null) => void;
};

export function RangeBrush({ bars, window, labels, testId, onWindow }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const anchor = useRef<number | null>(null);
  const [dragged, setDragged] = useState<Window | null>(null);
  const count = bars.length;
  const x = scaleBand<number>({ domain: bars.map((_, index) => index), range: [0, WIDTH], paddingInner: 0.12 });
  const y = scaleLinear<number>({ domain: [0, Math.max(1, ...bars.map(({ value }) => value))], range: [0, HEIGHT - 2] });
  const left = (index: number) => x(index) ?? 0;
  const edgeX = (edge: 0 | 1, of: Window) => (edge === 0 ? left(of[0]) - 0.5 : left(of[1]) + x.bandwidth() + 0.5);
  const middle = (index: number) => left(index) + x.bandwidth() / 2;
  const shown = dragged ?? window;

  const at = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    return box ? ((event.clientX - box.left) / box.width) * WIDTH : 0;
  };
  const stepAt = (place: number) => Math.max(0, Math.min(count - 1, Math.floor((place / WIDTH) * count)));
  const span = (a: number, b: number): Window => [Math.min(a, b), Math.max(a, b)];
  const onDown = (event: PointerEvent<SVGSVGElement>) => {
    const place = at(event);
    const near = window && ([0, 1] as const).find((edge) => Math.abs(edgeX(edge, window) - place) < REACH);
    // Taking one edge keeps the other.
    anchor.current = window && near !== undefined && near !== null ? window[near === 0 ? 1 : 0] : stepAt(place);
    setDragged(span(anchor.current, stepAt(place)));
    svg.current?.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent<SVGSVGElement>) => {
    if (anchor.current !== null) setDragged(span(anchor.current, stepAt(at(event))));
  };
  const onUp = () => {
    if (anchor.current === null) return;
    anchor.current = null;
    setDragged(null);
    // A second click on a window of one step takes it away.
    const again = dragged && window && dragged[0] === dragged[1] && dragged.join() === window.join();
    onWindow(again ? null : dragged);
  };
  const onKey = (edge: 0 | 1) => (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -count, End: count }[event.key];
    if (!by) return;
    event.preventDefault();
    const [first, last] = window ?? [0, count - 1];
    const clamp = (value: number) => Math.max(0, Math.min(count - 1, value));
    onWindow(edge === 0 ? [Math.min(last, clamp(first + by)), last] : [first, Math.max(first, clamp(last + by))]);
  };

  const whole: Window = [0, count - 1];
  const ticks = placeTicks(
    bars.flatMap(({ tick }, index) => (tick === null ? [] : [{ x: middle(index), text: tick }])),
    WIDTH,
  );
  return (
    <svg
      ref={svg}
      className="brush"
      viewBox={`0 0 ${WIDTH} ${HEIGHT + 18}`}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={onUp}
      data-testid={testId}
    >
      {shown && <rect x={edgeX(0, shown)} y={-2} width={edgeX(1, shown) - edgeX(0, shown)} height={HEIGHT + 2} fill="var(--sel-soft)" />}
      {bars.map(({ key, value, title, pale }, index) => {
        const height = value ? Math.max(1.5, y(value)) : 0;
        const inside = shown && index >= shown[0] && index <= shown[1];
        const fill = inside ? 'var(--sel)' : pale || shown ? 'var(--bar2)' : 'var(--bar)';
        return (
          <Bar key={key} x={left(index)} y={HEIGHT - height} width={x.bandwidth()} height={height} rx={1} fill={fill}>
            <title>{title}</title>
          </Bar>
        );
      })}
      <line x1={0} x2={WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} stroke="var(--line2)" />
      {ticks.map((tick) => (
        <text key={tick.text} x={tick.x} y={HEIGHT + 14} textAnchor="middle" className="tick">
          {tick.text}
        </text>
      ))}
      {([0, 1] as const).map((edge) => (
        <g
          key={edge}
          role="slider"
          tabIndex={0}
          aria-label={edge === 0 ? labels.first : labels.last}
          aria-valuemin={0}
          aria-valuemax={count - 1}
          aria-valuenow={(shown ?? whole)[edge]}
          aria-valuetext={bars[(shown ?? whole)[edge]]?.title}
          className={shown ? 'handle' : 'handle idle'}
          transform={`translate(${edgeX(edge, shown ?? whole)} 0)`}
          data-testid={`${testId}-${edge === 0 ? 'first' : 'last'}`}
          onKeyDown={onKey(edge)}
        >
          <rect x={-REACH} y={0} width={REACH * 2} height={HEIGHT} fill="transparent" />
          <line y1={-2} y2={HEIGHT} className="handle-line" />
          <rect x={-4} y={HEIGHT / 2 - 9} width={8} height={18} rx={3} className="handle-grip" />
        </g>
      ))}
    </svg>
  );
}
