// What a pointer or key on the map means just now: one closed union, held by the map page.
import type { Position } from '../api/types';

export type DrawShape = 'rectangle' | 'lasso' | 'polygon' | 'radius';
export const DRAW_SHAPES: DrawShape[] = ['rectangle', 'lasso', 'polygon', 'radius'];

export type MapMode =
  | { name: 'select' }
  | { name: 'draw'; shape: DrawShape }
  | { name: 'movePin'; accountId: string; version: number; from: Position; accountName: string };

export const SELECT: MapMode = { name: 'select' };
