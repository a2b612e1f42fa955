// The functions of the language; as forms/expression/functions.py and its neighbours.

import { add, Decimal, decimalFrom, divide, magnitude, round, written, ZERO } from "./decimal.js";
import { dayFrom, dayOf, iso, Period, spanEnd, spanStart } from "./dates.js";
import { refuse } from "./errors.js";
import { asWhen, fetched, isList, isMapping, isText, isWhen, order, same, truth, whole } from "./values.js";

const TEXT = 100_000;
const MATCHED = 1_000;
const PERIOD = 100_000;
const WORKDAYS = 5_000;
const NUMBER = /^[+-]?[0-9]{1,99}(\.[0-9]{1,99})?$/;
const BLANKS = /^[ \t\r\n\u00a0\u3000]+|[ \t\r\n\u00a0\u3000]+$/g;

const decimal = (value) => decimalFrom(String(value));
const characters = (text) => [...text].length;
const bounded = (text) => (text.length > TEXT ? refuse("size") : text);

// --- over the values of a list: each takes an iterable ---------------------------------------------------------------

function count(values) {
  let found = 0;
  for (const value of values) if (truth(value)) found += 1;
  return decimal(found);
}

function added(values) {
  let [sum, many] = [ZERO, 0];
  for (const value of values) {
    if (value instanceof Decimal) [sum, many] = [add(sum, value), many + 1];
    else if (value !== null) refuse("kind");
  }
  return [sum, many];
}

function average(values) {
  const [sum, many] = added(values);
  return many ? divide(sum, decimal(many)) : null;
}

function any(values) {
  for (const value of values) if (truth(value)) return true;
  return false;
}

function all(values) {
  for (const value of values) if (!truth(value)) return false;
  return true;
}

const first = (side) => (values) => {
  let best = null;
  for (const value of values) if (value !== null && (best === null || order(value, best) === side)) best = value;
  if (best !== null) order(best, best);
  return best;
};

// `whole`: what it does with a list alone; `spread`: arguments that are no list are the values, as in min(a, b).
export const OVER_LISTS = {
  count: { call: count, whole: length },
  sum: { call: (values) => added(values)[0] },
  avg: { call: average },
  any: { call: any },
  all: { call: all },
  min: { call: first(-1), spread: true },
  max: { call: first(1), spread: true },
};

// --- over values -----------------------------------------------------------------------------------------------------

function length(value) {
  if (value === null) return ZERO;
  if (isText(value)) return decimal(characters(value));
  if (isList(value)) return decimal(value.length);
  return isMapping(value) ? decimal(Object.keys(value).length) : refuse("kind");
}

const numberOf = (value) => (value instanceof Decimal ? value : refuse("kind"));
const textOf = (value) => (isText(value) ? value : refuse("kind"));
const unlessNull = (call) => (value) => (value === null ? null : call(value));
const question = (call) => (value, other) =>
  value === null || other === null ? false : call(textOf(value), textOf(other));

function number(value) {
  if (!isText(value)) return value === null ? null : numberOf(value);
  const text = value.replace(BLANKS, "");
  if (!text) return null;
  return NUMBER.test(text) ? decimalFrom(text) : refuse("number");
}

function oneText(value) {
  if (value === null) return "";
  if (isText(value)) return value;
  if (typeof value === "boolean") return value ? "是" : "否";
  if (value instanceof Decimal) return written(value);
  return isWhen(value) ? iso(value) : refuse("kind");
}

function text(value) {
  if (!isList(value)) return oneText(value);
  const parts = [];
  let length = 0;
  for (const item of value) {
    parts.push(oneText(fetched(item)));
    length += parts.at(-1).length + 1;
    if (length > TEXT) refuse("size");
  }
  return parts.join("、");
}

export function contains(meter, container, wanted) {
  if (container === null) return false;
  if (isText(container) && (isText(wanted) || wanted === null)) {
    meter.spend(container.length / 64);
    return wanted !== null && container.includes(wanted);
  }
  if (isList(container)) {
    return container.some((item) => {
      meter.spend(2);
      return same(fetched(item), wanted, meter);
    });
  }
  if (isMapping(container)) return isText(wanted) && Object.hasOwn(container, wanted);
  return refuse("kind");
}

// The pattern was checked by the server when the expression was compiled.
function matches(value, pattern) {
  if (value === null) return false;
  if (characters(textOf(value)) > MATCHED) refuse("size");
  return !/\p{Surrogate}/u.test(value) && new RegExp(`^(?:${pattern})$`, "su").test(value);
}

function date(...parts) {
  if (parts.length === 1) {
    const when = asWhen(parts[0]);
    return when && dayOf(when);
  }
  if (parts.length !== 3) refuse("date");
  if (parts.includes(null)) return null;
  return dayFrom(...parts.map(whole)) ?? refuse("date");
}

const period = (unit, times, most) =>
  unlessNull((value) => {
    const many = whole(value);
    return Math.abs(many) > most ? refuse("date") : new Period(unit, many * times);
  });

function daysBetween(from, to) {
  const [start, end] = [asWhen(from), asWhen(to)];
  return start === null || end === null ? null : decimal(dayOf(end).number - dayOf(start).number);
}

const edge = (find, months) => (value) => {
  const when = asWhen(value);
  return when && find(when, months);
};

const spans = Object.entries({ month: 1, quarter: 3, half: 6, year: 12 }).flatMap(([span, months]) => [
  [`${span}_start`, edge(spanStart, months)],
  [`${span}_end`, edge(spanEnd, months)],
]);

export const OVER_VALUES = {
  len: length,
  coalesce: (...values) => values.find((value) => value !== null) ?? null,
  round: (value, places = ZERO) =>
    value === null || places === null ? null : round(numberOf(value), whole(places)),
  abs: unlessNull((value) => magnitude(numberOf(value))),
  number,
  text,
  lower: unlessNull((value) => bounded(textOf(value)).toLowerCase()),
  upper: unlessNull((value) => bounded(textOf(value)).toUpperCase()),
  strip: unlessNull((value) => textOf(value).replace(BLANKS, "")),
  starts_with: question((value, start) => value.startsWith(start)),
  ends_with: question((value, end) => value.endsWith(end)),
  matches,
  date,
  days: period("days", 1, PERIOD),
  weeks: period("days", 7, PERIOD),
  months: period("months", 1, PERIOD),
  years: period("months", 12, PERIOD),
  hours: period("hours", 1, PERIOD),
  workdays: period("workdays", 1, WORKDAYS),
  days_between: daysBetween,
  ...Object.fromEntries(spans),
};
