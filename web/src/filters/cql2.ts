// The filter as CQL2 JSON and back. Writing JSON rather than text leaves no quoting to get wrong; reading
// understands what this page writes, and keeps anything else untouched as one condition of its own.
import type { Cql2 } from '../api/types';
import type { Condition, Value } from './model';

type Node = { op: string; args: unknown[] };

const op = (name: string, ...args: unknown[]): Node => ({ op: name, args });
const property = (name: string) => ({ property: name });
const day = (date: string) => ({ date });

function anyOf(name: string, values: (Value | null)[]): Node {
  const known = values.filter((value): value is Value => value !== null);
  const parts: Node[] = [];
  if (known.length === 1) parts.push(op('=', property(name), known[0]));
  if (known.length > 1) parts.push(op('in', property(name), known));
  if (values.includes(null)) parts.push(op('isNull', property(name)));
  return parts.length === 1 && parts[0] ? parts[0] : op('or', ...parts);
}

function bounds(name: string, low: unknown, high: unknown): Node {
  if (low !== null && high !== null) return op('between', property(name), low, high);
  return low !== null ? op('>=', property(name), low) : op('<=', property(name), high);
}

function conditionNode(condition: Condition): unknown {
  switch (condition.kind) {
    case 'values':
      return anyOf(condition.property, condition.values);
    case 'range':
      return bounds(condition.property, condition.min, condition.max);
    case 'dates':
      return bounds(
        condition.property,
        condition.from === null ? null : day(condition.from),
        condition.to === null ? null : day(condition.to),
      );
    case 'custom':
      return condition.cql2;
  }
}

/** `undefined` for no condition at all. */
export function toCql2(conditions: Condition[]): unknown {
  if (conditions.length === 0) return undefined;
  const nodes = conditions.map(conditionNode);
  return nodes.length === 1 ? nodes[0] : op('and', ...nodes);
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Node).op === 'string' &&
  Array.isArray((value as Node).args);

function propertyName(value: unknown): string | null {
  const name = (value as { property?: unknown } | null)?.property;
  return typeof name === 'string' ? name : null;
}

const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'number';

function dateOf(value: unknown): string | null {
  const text = (value as { date?: unknown } | null)?.date;
  return typeof text === 'string' ? text : null;
}

function readBounds(name: string, low: unknown, high: unknown): Condition | null {
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const given = [low, high].filter((value) => value !== null);
  if (given.every((value) => typeof value === 'number')) {
    return { kind: 'range', property: name, min: number(low), max: number(high) };
  }
  if (given.every((value) => dateOf(value) !== null)) {
    return { kind: 'dates', property: name, from: dateOf(low), to: dateOf(high) };
  }
  return null;
}

function readOr(node: Node): Condition | null {
  const parts = node.args.map(readCondition);
  let name: string | null = null;
  const values: (Value | null)[] = [];
  for (const part of parts) {
    if (part.kind !== 'values' || (name !== null && part.property !== name)) return null;
    name = part.property;
    values.push(...part.values);
  }
  return name === null ? null : { kind: 'values', property: name, values };
}

function readKnown(node: Node): Condition | null {
  if (node.op === 'or') return readOr(node);
  const name = propertyName(node.args[0]);
  if (name === null) return null;
  const [, first, second] = node.args;
  switch (node.op) {
    case '=':
      return isValue(first) ? { kind: 'values', property: name, values: [first] } : null;
    case 'in':
      return Array.isArray(first) && first.every(isValue)
        ? { kind: 'values', property: name, values: first }
        : null;
    case 'isNull':
      return { kind: 'values', property: name, values: [null] };
    case 'between':
      return readBounds(name, first, second);
    case '>=':
      return readBounds(name, first, null);
    case '<=':
      return readBounds(name, null, first);
    default:
      return null;
  }
}

function readCondition(node: unknown): Condition {
  return (isNode(node) ? readKnown(node) : null) ?? { kind: 'custom', cql2: node };
}

/** Conditions of a stored filter, in its order. */
export function fromCql2(cql2: Cql2 | unknown): Condition[] {
  if (cql2 === null || cql2 === undefined || cql2 === true) return [];
  const parts = isNode(cql2) && cql2.op === 'and' ? cql2.args : [cql2];
  // The drawn area travels beside the filter; a server may also have folded it in.
  return parts
    .filter((part) => !(isNode(part) && part.op === 's_intersects'))
    .map(readCondition);
}
