// The address must say the same after a round trip, and nonsense in it must not break the page.
import { describe, expect, it } from 'vitest';
import {
  type Chosen,
  type Layers,
  parseMapSearch,
  readChosen,
  readLayers,
  readView,
  writeChosen,
  writeLayers,
  writeView,
} from './mapSearch';

describe('the address of the map page', () => {
  it('keeps the view', () => {
    const view = { zoom: 13.25, lat: 52.37, lng: 4.89 };
    expect(readView({ v: writeView(view) })).toEqual(view);
  });

  it.each(['', 'x/y/z', '3/91/0', '3/1', '3/1/999'])('refuses the view %j', (v) => {
    expect(readView({ v })).toBeNull();
  });

  it.each<Chosen>([
    { kind: 'account', id: '0192-aa' },
    { kind: 'building', id: '123' },
    { kind: 'region', level: 'neighbourhood', code: 'BU0363AA01' },
    { kind: 'region', level: 'nuts3', code: 'A:B' },
    { kind: 'place', lng: 4.895123, lat: 52.370216 },
  ])('keeps the chosen $kind', (chosen) => {
    expect(readChosen({ sel: writeChosen(chosen) })).toEqual(chosen);
  });

  it.each<Layers>([
    { accounts: true, fill: undefined, buildings: null, roads: false, parks: false, flows: null },
    { accounts: false, fill: null, buildings: 'age_class', roads: true, parks: true, flows: '(e-)bicycle' },
    {
      accounts: true,
      fill: { kind: 'regions', level: 'district', figure: { of: 'indicator', indicator: 'avg_woz', year: 2024 } },
      buildings: null,
      roads: false,
      parks: false,
      flows: 'all',
    },
    {
      accounts: true,
      fill: { kind: 'hexagons', figure: { of: 'cube', cube: 'addresses', measure: 'dwellings' } },
      buildings: null,
      roads: false,
      parks: false,
      flows: null,
    },
  ])('keeps the layers %#', (layers) => {
    expect(readLayers(writeLayers(layers))).toEqual(layers);
  });

  it('drops what it does not know', () => {
    expect(parseMapSearch({ v: '1/2/3', evil: 'x', f: 3 })).toEqual({ v: '1/2/3' });
    expect(readChosen({ sel: 'dragon:1' })).toBeNull();
    expect(readLayers({ fill: 'reg,district,i,woz,soon' }).fill).toBeNull();
  });
});
