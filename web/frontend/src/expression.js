// The expression language in the browser: walks the syntax tree that the server made (forms/expression/syntax.py).
//
// Both interpreters pass tests/forms/expression_vectors.json. What the browser computes is for the eye: the server computes
// it again. Data are JSON: numbers beyond 2^53 have lost digits before they get here, the server keeps them.

import { calculate, negative } from "./expression/arithmetic.js";
import { decimalFrom } from "./expression/decimal.js";
import { whenIn } from "./expression/dates.js";
import { EvaluationError, refuse } from "./expression/errors.js";
import { contains, OVER_LISTS, OVER_VALUES } from "./expression/functions.js";
import { fetched, field, isList, isMapping, isText, Meter, order, plain, same, truth, whole } from "./expression/values.js";

export { EvaluationError, plain };

const STEPS = 100_000;
const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);

/**
 * Return the result as JSON (dates as ISO 8601 texts). Throws EvaluationError, whose `code` says why.
 * names: the data; given: {add_workdays(isoDate, count) -> isoDate, season(name) -> {start, end}, …}, all optional.
 */
export function evaluate(tree, names, given = {}) {
  return plain(compute(tree, names, given));
}

/** Whether the result counts as true: not null, false, 0 or empty. */
export function holds(tree, names, given = {}) {
  return truth(compute(tree, names, given));
}

/** The result with exact decimals (Decimal), dates (Day, Moment) and periods (Period). */
export function compute(tree, names, given = {}) {
  return walk(tree, { scopes: [names], given, meter: new Meter(STEPS) });
}

function walk(tree, frame) {
  return KINDS[tree[0]](tree, frame);
}

const KINDS = {
  number: (tree) => decimalFrom(tree[1]),
  text: (tree) => tree[1],
  date: (tree) => whenIn(tree[1]),
  true: () => true,
  false: () => false,
  none: () => null,
  list: (tree, frame) => tree.slice(1).map((part) => walk(part, frame)),
  name: (tree, frame) => {
    const scope = frame.scopes.find((names) => Object.hasOwn(names, tree[1]));
    return scope ? fetched(scope[tree[1]]) : null;
  },
  path: (tree, frame) => tree.slice(2).reduce(field, walk(tree[1], frame)),
  item: (tree, frame) => itemOf(walk(tree[1], frame), walk(tree[2], frame)),
  not: (tree, frame) => !truth(walk(tree[1], frame)),
  minus: (tree, frame) => negative(walk(tree[1], frame)),
  and: (tree, frame) => junction(tree, frame, false),
  or: (tree, frame) => junction(tree, frame, true),
  if: (tree, frame) => walk(truth(walk(tree[1], frame)) ? tree[2] : tree[3], frame),
  chain,
  compare,
  call,
};

function itemOf(value, index) {
  if (value === null || index === null) return null;
  if (isText(index)) return field(value, index);
  if (!isList(value)) refuse("kind");
  return fetched(value.at(whole(index)));
}

function junction(tree, frame, stopsAt) {
  let value = null;
  for (const part of tree.slice(1)) {
    value = walk(part, frame);
    if (truth(value) === stopsAt) break;
  }
  return value;
}

function chain(tree, frame) {
  let value = walk(tree[1], frame);
  for (let at = 2; at < tree.length; at += 2) {
    value = calculate(tree[at], value, walk(tree[at + 1], frame), frame.meter, own(frame.given, "add_workdays"));
  }
  return value;
}

function compare(tree, frame) {
  let left = walk(tree[1], frame);
  for (let at = 2; at < tree.length; at += 2) {
    const right = walk(tree[at + 1], frame);
    if (!compared(tree[at], left, right, frame.meter)) return false;
    left = right;
  }
  return true;
}

const ORDERED = { "<": (side) => side < 0, "<=": (side) => side <= 0, ">": (side) => side > 0, ">=": (side) => side >= 0 };

function compared(sign, left, right, meter) {
  if (sign === "==") return same(left, right, meter);
  if (sign === "!=") return !same(left, right, meter);
  if (sign === "in") return contains(meter, right, left);
  if (sign === "not in") return !contains(meter, right, left);
  return left !== null && right !== null && ORDERED[sign](order(left, right));
}

function call(tree, frame) {
  const [, name, ...parts] = tree;
  const overList = own(OVER_LISTS, name);
  if (overList) return callOverList(overList, parts, frame);
  const overValues = name === "contains" ? contains.bind(null, frame.meter) : own(OVER_VALUES, name);
  if (!overValues) return callGiven(name, parts, frame);
  const values = parts.map((part) => walk(part, frame));
  for (const value of values) if (isText(value) || isList(value)) frame.meter.spend(value.length / 8);
  return overValues(...values);
}

function callGiven(name, parts, frame) {
  frame.meter.spend(50);
  const given = own(frame.given, name) ?? refuse("given");
  return fetched(given(...parts.map((part) => plain(walk(part, frame)))));
}

function callOverList({ call: computed, whole: ofList, spread }, parts, frame) {
  const first = walk(parts[0], frame);
  if (spread && !isList(first) && (parts.length > 1 || first !== null)) {
    return computed([first, ...parts.slice(1).map((part) => walk(part, frame))]);
  }
  const items = first ?? [];
  if (!isList(items) || parts.length > 2) refuse("kind");
  if (parts.length === 2) return computed(each(frame, items, parts[1]));
  frame.meter.spend(2 * items.length);
  return ofList ? ofList(items) : computed(allOf(items));
}

function* allOf(items) {
  for (const item of items) yield fetched(item);
}

// Evaluate the tree for each item: names are looked up in the item first; `item` is the item itself.
function* each(frame, items, tree) {
  const cost = weight(tree);
  for (const item of items) {
    frame.meter.spend(cost + 2);
    const scopes = [{ item }, ...frame.scopes];
    yield walk(tree, { ...frame, scopes: isMapping(item) ? [item, ...scopes] : scopes });
  }
}

function weight(tree) {
  const own = tree[0] === "call" ? 5 : 1;
  return tree.slice(1).reduce((sum, part) => sum + (isList(part) ? weight(part) : 1), own);
}
