// The map's own pictures, drawn when the style first names them: hatch, cluster rings, the diamond of a
// doubtful place. Drawn here because a sprite would be a second place for the colours.
import type { Map as MapLibreMap } from 'maplibre-gl';
import type { Theme } from '../app/theme';
import { BASE } from './style/palette';
import { RING_STEPS } from './style/records';

const RATIO = 2;

function canvas(sizePx: number): [OffscreenCanvasRenderingContext2D, () => ImageData] | null {
  const context = new OffscreenCanvas(sizePx * RATIO, sizePx * RATIO).getContext('2d');
  if (!context) return null;
  context.scale(RATIO, RATIO);
  return [context, () => context.getImageData(0, 0, sizePx * RATIO, sizePx * RATIO)];
}

/** 45° lines of 1.1 px, repeating every 8 px. */
function hatch(theme: Theme): ImageData | null {
  const made = canvas(8);
  if (!made) return null;
  const [x, data] = made;
  const c = BASE[theme];
  x.fillStyle = c.hatchBack;
  x.fillRect(0, 0, 8, 8);
  x.strokeStyle = c.hatch;
  x.lineWidth = 1.1;
  for (const offset of [-8, 0, 8]) {
    x.beginPath();
    x.moveTo(offset - 1, 9);
    x.lineTo(offset + 9, -1);
    x.stroke();
  }
  return data();
}

function ring(theme: Theme, sizePx: number, eighths: number): ImageData | null {
  const made = canvas(sizePx);
  if (!made) return null;
  const [x, data] = made;
  const c = BASE[theme];
  const r = sizePx / 2;
  x.beginPath();
  x.arc(r, r, r - 1, 0, 2 * Math.PI);
  x.fillStyle = c.raised;
  x.fill();
  x.lineWidth = 4;
  x.strokeStyle = c.pointSoft;
  x.beginPath();
  x.arc(r, r, r - 3.5, 0, 2 * Math.PI);
  x.stroke();
  if (eighths > 0) {
    x.strokeStyle = c.point;
    x.beginPath();
    x.arc(r, r, r - 3.5, -Math.PI / 2, -Math.PI / 2 + (eighths / RING_STEPS) * 2 * Math.PI);
    x.stroke();
  }
  return data();
}

function diamond(theme: Theme): ImageData | null {
  const made = canvas(14);
  if (!made) return null;
  const [x, data] = made;
  const c = BASE[theme];
  x.beginPath();
  x.moveTo(7, 1);
  x.lineTo(13, 7);
  x.lineTo(7, 13);
  x.lineTo(1, 7);
  x.closePath();
  x.fillStyle = c.doubtful;
  x.fill();
  x.strokeStyle = c.gap;
  x.lineWidth = 1.2;
  x.stroke();
  return data();
}

function picture(id: string): ImageData | null {
  const [kind, name, size, eighths] = id.split('-');
  const theme: Theme = name === 'dark' ? 'dark' : 'light';
  if (kind === 'hatch') return hatch(theme);
  if (kind === 'diamond') return diamond(theme);
  if (kind === 'ring') return ring(theme, Number(size), Number(eighths));
  return null;
}

export function provideImages(map: MapLibreMap): void {
  map.setMissingStyleImageResolver((id) => {
    const data = picture(id);
    if (data && !map.hasImage(id)) map.addImage(id, data, { pixelRatio: RATIO });
  });
}
