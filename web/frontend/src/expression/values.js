// What an expression computes with, and how it is compared; as forms/expression/values.py.
// null, true/false, Decimal, text, Day, Moment, Period, array, plain object. Names are own properties only: what an object
// inherits (constructor, __proto__) is not data.

import { compare, Decimal, decimalFrom, isWhole, written } from "./decimal.js";
import { compareWhen, Day, iso, Period, whenIn } from "./dates.js";
import { refuse } from "./errors.js";

const DATA_DEPTH = 40;

export class Meter {
  constructor(left) {
    this.left = left;
  }

  spend(steps) {
    this.left -= Math.floor(steps);
    if (this.left < 0) refuse("steps");
  }
}

export const isText = (value) => typeof value === "string";
export const isWhen = (value) => value instanceof Day;
export const isList = Array.isArray;

export function isMapping(value) {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function fetched(value) {
  switch (typeof value) {
    case "undefined":
      return null;
    case "boolean":
    case "string":
      return value;
    case "number":
      return Number.isFinite(value) ? decimalFrom(String(value)) : refuse("number");
    case "bigint":
      return decimalFrom(String(value));
    case "object":
      if (value === null || isList(value) || isMapping(value)) return value;
      if (value instanceof Decimal || value instanceof Day || value instanceof Period) return value;
  }
  return refuse("kind");
}

export function field(value, key) {
  if (value === null) return null;
  if (!isMapping(value)) refuse("kind");
  return Object.hasOwn(value, key) ? fetched(value[key]) : null;
}

export function truth(value) {
  if (value === null || value === "" || value === false) return false;
  if (value instanceof Decimal) return value.coefficient !== 0n;
  if (isList(value)) return value.length > 0;
  return isMapping(value) ? Object.keys(value).length > 0 : true;
}

export function same(left, right, meter, depth = DATA_DEPTH) {
  if (left === null || right === null || typeof left === "boolean" || typeof right === "boolean") return left === right;
  if (isText(left) && isText(right)) return left === right;
  if (left instanceof Decimal || right instanceof Decimal) {
    return left instanceof Decimal && right instanceof Decimal && compare(left, right) === 0;
  }
  if (isWhen(left) || isWhen(right)) return clockOrder(left, right) === 0;
  if (left instanceof Period && right instanceof Period) return left.unit === right.unit && left.count === right.count;
  if (isList(left) && isList(right)) {
    return left.length === right.length && sameItems(left.keys(), left, right, meter, depth);
  }
  if (isMapping(left) && isMapping(right)) {
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    meter.spend(keys.length);
    return keys.every((key) => Object.hasOwn(right, key)) && sameItems(keys, left, right, meter, depth);
  }
  return false;
}

function sameItems(keys, left, right, meter, depth) {
  if (depth === 0) refuse("size");
  for (const key of keys) {
    meter.spend(5);
    if (!same(fetched(left[key]), fetched(right[key]), meter, depth - 1)) return false;
  }
  return true;
}

// -1, 0 or 1; neither value is null.
export function order(left, right) {
  if (left instanceof Decimal && right instanceof Decimal) return compare(left, right);
  if (isText(left) && isText(right)) return textOrder(left, right);
  const result = isWhen(left) || isWhen(right) ? clockOrder(left, right) : null;
  return result ?? refuse("kind");
}

// By code points, as the server does; `<` on JavaScript's texts goes by UTF-16 units.
function textOrder(left, right) {
  const [a, b] = [[...left], [...right]];
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const difference = a[at].codePointAt(0) - b[at].codePointAt(0);
    if (difference) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

// The order of a date and its partner, which may be a text that writes one; null when it is none.
function clockOrder(left, right) {
  const [a, b] = [left, right].map((value) => (isText(value) ? whenIn(value) : isWhen(value) ? value : null));
  return a && b ? compareWhen(a, b) : null;
}

export function asWhen(value) {
  if (value === null || value === "") return null;
  const found = isWhen(value) ? value : isText(value) ? whenIn(value) : null;
  return found ?? refuse("date");
}

// A number without a fraction, as JavaScript number.
export function whole(value) {
  return value instanceof Decimal && isWhole(value) ? Number(written(value)) : refuse("kind");
}

// A result as JSON: numbers, texts, true/false/null, arrays, objects; dates become ISO 8601 texts.
export function plain(value, depth = DATA_DEPTH) {
  value = fetched(value);
  if (value instanceof Decimal) return Number(written(value));
  if (isWhen(value)) return iso(value);
  if (value instanceof Period) refuse("kind");
  if (depth === 0 && (isList(value) || isMapping(value))) refuse("size");
  if (isList(value)) return value.map((item) => plain(item, depth - 1));
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth - 1)]));
  return value;
}

