// The filter as the panels edit it: at most one condition a property, all of which must hold, and an area.
// Empty conditions do not exist: whoever removes the last value removes the condition.
import type { AreaGeometry } from '../api/types';

export type Value = string | number;

export type Condition =
  /** One of these values; `null` stands for "not known". */
  | { kind: 'values'; property: string; values: (Value | null)[] }
  /** Both bounds belong to it; at least one is set. */
  | { kind: 'range'; property: string; min: number | null; max: number | null }
  /** Days as YYYY-MM-DD; both belong to it; at least one is set. */
  | { kind: 'dates'; property: string; from: string | null; to: string | null }
  /** Whatever else a link may carry, kept as CQL2 JSON. */
  | { kind: 'custom'; cql2: unknown };

export type Definition = {
  conditions: Condition[];
  geometry: AreaGeometry | null;
};

export const NO_FILTER: Definition = { conditions: [], geometry: null };

export const isEmpty = (definition: Definition): boolean =>
  definition.conditions.length === 0 && definition.geometry === null;

/** Name of a condition within its filter. */
export const keyOf = (condition: Condition): string =>
  condition.kind === 'custom' ? `custom:${JSON.stringify(condition.cql2)}` : condition.property;

export const conditionOn = (definition: Definition, property: string): Condition | undefined =>
  definition.conditions.find((condition) => keyOf(condition) === property);

/** The same filter with this condition in place of the one on its property. */
export function withCondition(definition: Definition, condition: Condition): Definition {
  const key = keyOf(condition);
  const at = definition.conditions.findIndex((other) => keyOf(other) === key);
  const conditions = [...definition.conditions];
  if (at < 0) conditions.push(condition);
  else conditions[at] = condition;
  return { ...definition, conditions };
}

export const without = (definition: Definition, key: string): Definition => ({
  ...definition,
  conditions: definition.conditions.filter((condition) => keyOf(condition) !== key),
});

export const valuesOn = (definition: Definition, property: string): (Value | null)[] => {
  const condition = conditionOn(definition, property);
  return condition?.kind === 'values' ? condition.values : [];
};

export function withValues(
  definition: Definition,
  property: string,
  values: (Value | null)[],
): Definition {
  return values.length === 0
    ? without(definition, property)
    : withCondition(definition, { kind: 'values', property, values });
}

/** Click: only this value, or none when it was the only one. With `add`: on or off beside the others. */
export function toggleValue(
  definition: Definition,
  property: string,
  value: Value | null,
  add: boolean,
): Definition {
  const before = valuesOn(definition, property);
  const had = before.includes(value);
  if (add) {
    const next = had ? before.filter((other) => other !== value) : [...before, value];
    return withValues(definition, property, next);
  }
  return withValues(definition, property, had && before.length === 1 ? [] : [value]);
}

export function withRange(
  definition: Definition,
  property: string,
  min: number | null,
  max: number | null,
): Definition {
  return min === null && max === null
    ? without(definition, property)
    : withCondition(definition, { kind: 'range', property, min, max });
}

export function withDates(
  definition: Definition,
  property: string,
  from: string | null,
  to: string | null,
): Definition {
  return from === null && to === null
    ? without(definition, property)
    : withCondition(definition, { kind: 'dates', property, from, to });
}
