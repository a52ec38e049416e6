// Small expression builders shared by the layers.
import type { ExpressionSpecification } from 'maplibre-gl';
import type { CodeColours } from './palette';

/** Colour by the code in a property; a value outside the list (or none) takes the fallback. */
export function byCode(
  property: string,
  colours: CodeColours,
  fallback: string | ExpressionSpecification,
): ExpressionSpecification {
  const pairs = Object.entries(colours).flat();
  return ['match', ['get', property], ...pairs, fallback] as unknown as ExpressionSpecification;
}

/** A number that grows with the zoom, smoothly between the stops. */
export function byZoom(base: number, ...stops: [zoom: number, value: unknown][]): ExpressionSpecification {
  return [
    'interpolate',
    ['exponential', base],
    ['zoom'],
    ...stops.flat(),
  ] as unknown as ExpressionSpecification;
}

/** The class a value falls in: colours has one entry more than breaks. */
export function byBreaks(
  value: ExpressionSpecification,
  breaks: number[],
  colours: readonly string[],
): ExpressionSpecification {
  const steps = breaks.flatMap((bound, index) => [bound, colours[index + 1] ?? colours.at(-1) ?? '#000']);
  return ['step', value, colours[0], ...steps] as unknown as ExpressionSpecification;
}
