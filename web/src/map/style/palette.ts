// Every colour of the map, for both themes. A legend takes its swatches from here, so that the legend's
// colour is the map's colour.
import type { Theme } from '../../app/theme';
import type { BuildingTheme } from '../../url/mapSearch';

export type BaseColours = {
  outside: string;
  land: string;
  water: string;
  park: string;
  paved: string;
  builtUp: string;
  building: string;
  buildingLine: string;
  road: string;
  casing: string;
  path: string;
  rail: string;
  label: string;
  minorLabel: string;
  waterLabel: string;
  halo: string;
  hatch: string;
  hatchBack: string;
  /** Line between regions and the gap between buildings: the opposite of what they carry. */
  gap: string;
  raised: string;
  ink: string;
  ghost: string;
  select: string;
  point: string;
  pointSoft: string;
  doubtful: string;
  former: string;
  flow: string;
  businessPark: string;
  businessParkLine: string;
};

export const BASE: Record<Theme, BaseColours> = {
  light: {
    outside: '#E9E6E0', land: '#F5F3EE', water: '#CBDDE6', park: '#DDE8D3', paved: '#FFFFFF', builtUp: '#F1EEE7',
    building: '#E7E3DB', buildingLine: '#D5D0C6', road: '#FFFFFF', casing: '#DBD6CC', path: '#E2DCCF', rail: '#CFCAC0',
    label: '#3E3B35', minorLabel: '#6B675F', waterLabel: '#335F7A', halo: 'rgba(255,255,255,0.92)',
    hatch: '#CFCBC2', hatchBack: '#F7F6F3', gap: '#FFFFFF', raised: '#FFFFFF', ink: '#1B1A17', ghost: '#1B1A17',
    select: '#5B3FD0', point: '#C9440C', pointSoft: '#F2CDB9', doubtful: '#D9920F', former: '#8A867C',
    flow: '#2E6FB7', businessPark: '#C7A98B', businessParkLine: '#7D5F3F',
  },
  dark: {
    outside: '#0E1012', land: '#17191C', water: '#0D2230', park: '#17231B', paved: '#1C1F22', builtUp: '#191B1E',
    building: '#24282C', buildingLine: '#343A40', road: '#363C42', casing: '#17191C', path: '#262B2F', rail: '#343A40',
    label: '#E2E4E5', minorLabel: '#A2A7AC', waterLabel: '#7FA9C4', halo: 'rgba(14,16,18,0.88)',
    hatch: '#3A4046', hatchBack: '#17191C', gap: '#101214', raised: '#202327', ink: '#F1F0ED', ghost: '#F1F0ED',
    select: '#AA9BFF', point: '#FF8B4A', pointSoft: '#5A3620', doubtful: '#F2BD55', former: '#777D84',
    flow: '#6FB1F2', businessPark: '#7D6752', businessParkLine: '#C99A78',
  },
};

/** Five classes, low to high. */
export const RAMP: Record<Theme, readonly string[]> = {
  light: ['#F4F6D3', '#CBE6C6', '#8CCCCB', '#529AC6', '#3A639F'],
  dark: ['#20303D', '#214E66', '#27757F', '#4B9F88', '#A3CF8B'],
};

export type CodeColours = Record<string, string>;

const HOUSING: Record<Theme, CodeColours> = {
  light: {
    apartment: '#8FC3E4', terraced: '#F0C461', corner: '#DFA63E', semi_detached: '#F6DA98', detached: '#C98A2B',
    houseboat: '#55B394', other: '#B9D8EC',
  },
  dark: {
    apartment: '#3F7296', terraced: '#A07A2C', corner: '#7F5F1D', semi_detached: '#BE9A50', detached: '#D9B56A',
    houseboat: '#2E8069', other: '#2B4E66',
  },
};

const USE: Record<Theme, CodeColours> = {
  light: {
    dwelling: '#8FC3E4', retail: '#DE9FC4', office: '#C7A98B', hotel: '#5F8CC7', public: '#DAD58C',
    industrial: '#97948D', agricultural: '#A9C08A', ancillary: '#CFCABF', other: '#B8A9C9',
  },
  dark: {
    dwelling: '#3F7296', retail: '#955F82', office: '#7D6752', hotel: '#4066A3', public: '#85813F',
    industrial: '#5E5C57', agricultural: '#5C7343', ancillary: '#4A4E52', other: '#6B5E7C',
  },
};

const FORM: Record<Theme, CodeColours> = {
  light: {
    free_standing: '#55B394', pair: '#DAD58C', row: '#F0C461', closed_block: '#8FC3E4', tower: '#5F8CC7',
  },
  dark: {
    free_standing: '#2E8069', pair: '#85813F', row: '#A07A2C', closed_block: '#3F7296', tower: '#6F9BE0',
  },
};

const AGE: Record<Theme, CodeColours> = {
  light: {
    before_1700: '#7B5240', '1700_1799': '#B5805A', '1800_1899': '#D8AE7C', '1900_1944': '#EBD3A6',
    '1945_1999': '#F6ECD2', from_2000: '#8DB3C4',
  },
  dark: {
    before_1700: '#D39A73', '1700_1799': '#AC7750', '1800_1899': '#86633F', '1900_1944': '#665639',
    '1945_1999': '#4B4738', from_2000: '#3F7084',
  },
};

/** Not specified, unknown. */
export const UNSPECIFIED: Record<Theme, string> = { light: '#E0DCD3', dark: '#3B3F43' };

export const BUILDING: Record<BuildingTheme, Record<Theme, CodeColours>> = {
  housing_type: HOUSING,
  building_form: FORM,
  building_use: USE,
  age_class: AGE,
};

export type RoadStyle = { colour: string; widthPx: number; dashed: boolean };

/** The same in both themes; only the casing changes. Worse is wider and broken. */
export const CONDITION: Record<string, RoadStyle> = {
  excellent: { colour: '#2C6DB2', widthPx: 2.4, dashed: false },
  good: { colour: '#5E9CCB', widthPx: 2.4, dashed: false },
  intermediate: { colour: '#D9B03A', widthPx: 2.6, dashed: false },
  bad: { colour: '#E0692F', widthPx: 4.6, dashed: true },
  horrible: { colour: '#B5202A', widthPx: 5.4, dashed: true },
};

/** Zoom levels from which a layer has something to show. */
export const ZOOM_FROM = { roads: 13, buildings: 14 } as const;
