// What terra-draw draws goes into a picture over the map. A shape changes with every movement of the pointer: so only
// the shape is painted again, and not the whole map below it.
import type { Map as MapLibreMap } from 'maplibre-gl';
import { type TerraDrawAdapterStyling, type TerraDrawChanges, TerraDrawExtend, type TerraDrawStylingFunction } from 'terra-draw';

type Drawn = { feature: TerraDrawChanges['created'][number]; style: TerraDrawAdapterStyling };
type Attributes = Record<string, string | number>;
type Pixel = { x: number; y: number };

const SVG = 'http://www.w3.org/2000/svg';

function element(name: string, attributes: Attributes): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

export class OverlayAdapter extends TerraDrawExtend.TerraDrawBaseAdapter {
  private readonly map: MapLibreMap;
  private readonly picture = element('svg', { class: 'drawing', 'aria-hidden': 'true', 'data-testid': 'drawing' });
  private drawn: Drawn[] = [];
  private frame: number | null = null;
  private callbacks: TerraDrawExtend.TerraDrawCallbacks | null = null;

  constructor(map: MapLibreMap) {
    super({});
    this.map = map;
  }

  override register(callbacks: TerraDrawExtend.TerraDrawCallbacks): void {
    super.register(callbacks);
    this.callbacks = callbacks;
    this.map.getCanvasContainer().append(this.picture);
    this.map.on('move', this.paintSoon);
    this.map.on('resize', this.paintSoon);
    callbacks.onReady?.();
  }

  override unregister(): void {
    super.unregister();
    this.callbacks = null;
    this.map.off('move', this.paintSoon);
    this.map.off('resize', this.paintSoon);
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.drawn = [];
    this.picture.remove();
  }

  override render({ created, updated, unchanged }: TerraDrawChanges, styling: TerraDrawStylingFunction): void {
    this.drawn = [...unchanged, ...created, ...updated]
      .flatMap((feature) => {
        const style = styling[String(feature.properties['mode'])]?.(feature);
        return style ? [{ feature, style }] : [];
      })
      .sort((a, b) => a.style.zIndex - b.style.zIndex);
    this.paintSoon();
  }

  override clear(): void {
    this.callbacks?.onClear();
    this.drawn = [];
    this.paintSoon();
  }

  override project(lng: number, lat: number): Pixel {
    const { x, y } = this.map.project([lng, lat]);
    return { x, y };
  }

  override unproject(x: number, y: number): { lng: number; lat: number } {
    const { lng, lat } = this.map.unproject([x, y]);
    return { lng, lat };
  }

  override getLngLatFromEvent(event: PointerEvent | MouseEvent): { lng: number; lat: number } {
    const { left, top } = this.map.getContainer().getBoundingClientRect();
    return this.unproject(event.clientX - left, event.clientY - top);
  }

  override getMapEventElement(): HTMLCanvasElement {
    return this.map.getCanvas();
  }

  override setCursor(cursor: Parameters<TerraDrawExtend.TerraDrawBaseAdapter['setCursor']>[0]): void {
    this.map.getCanvas().style.cursor = cursor === 'unset' ? '' : cursor;
  }

  override setDraggability(enabled: boolean): void {
    if (enabled) this.map.dragPan.enable();
    else this.map.dragPan.disable();
  }

  override setDoubleClickToZoom(enabled: boolean): void {
    if (enabled) this.map.doubleClickZoom.enable();
    else this.map.doubleClickZoom.disable();
  }

  /** Many changes may come before the next frame; one painting shows them all. */
  private readonly paintSoon = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.picture.replaceChildren(...this.drawn.map((drawn) => this.shapeOf(drawn)));
    });
  };

  private shapeOf({ feature: { geometry }, style }: Drawn): SVGElement {
    switch (geometry.type) {
      case 'Point': {
        const { x, y } = this.project(geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0);
        return element('circle', {
          cx: x,
          cy: y,
          r: style.pointWidth,
          fill: style.pointColor,
          stroke: style.pointOutlineColor,
          'stroke-width': style.pointOutlineWidth,
        });
      }
      case 'LineString':
        return element('path', {
          d: this.pathOf(geometry.coordinates),
          fill: 'none',
          stroke: style.lineStringColor,
          'stroke-width': style.lineStringWidth,
        });
      default:
        return element('path', {
          d: geometry.coordinates.map((ring) => `${this.pathOf(ring)}Z`).join(''),
          fill: style.polygonFillColor,
          'fill-opacity': style.polygonFillOpacity,
          stroke: style.polygonOutlineColor,
          'stroke-width': style.polygonOutlineWidth,
        });
    }
  }

  private pathOf(line: number[][]): string {
    const pixels = line.map(([lng = 0, lat = 0]) => this.project(lng, lat));
    return pixels.length > 0 ? `M${pixels.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}` : '';
  }
}
