// The browser's interpreter under node: reads one case a line ({tree, names, plain}), writes its result a line.
// Values that JSON lacks are written as {"$number"}, {"$date"}, {"$moment"}, {"$period"}, {"$error"}.

import { createInterface } from "node:readline";
import { compute, EvaluationError, evaluate } from "../../web/frontend/src/expression.js";
import { Decimal, decimalFrom, written } from "../../web/frontend/src/expression/decimal.js";
import { Day, iso, Moment, Period, whenIn } from "../../web/frontend/src/expression/dates.js";

const SEASONS = { 汛期: { start: "2024-06-01", end: "2024-09-30" } };

const given = {
  add_workdays(start, count) {
    const day = new Date(`${start}T00:00:00Z`);
    const step = Math.sign(count);
    for (let left = Math.abs(count); left > 0; ) {
      day.setUTCDate(day.getUTCDate() + step);
      if (![0, 6].includes(day.getUTCDay())) left -= 1;
    }
    return day.toISOString().slice(0, 10);
  },
  season(name) {
    if (!SEASONS[name]) throw new EvaluationError("given");
    const { start, end } = SEASONS[name];
    return { start: whenIn(start), end: whenIn(end) };
  },
};

function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if ("$date" in value || "$moment" in value) return whenIn(value.$date ?? value.$moment);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decoded(item)]));
}

function encoded(value) {
  if (typeof value === "number") return { $number: written(decimalFrom(String(value))) };
  if (value instanceof Decimal) return { $number: written(value) };
  if (value instanceof Moment) return { $moment: iso(value) };
  if (value instanceof Day) return { $date: iso(value) };
  if (value instanceof Period) return { $period: [value.unit, value.count] };
  if (Array.isArray(value)) return value.map(encoded);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encoded(item)]));
}

function answer({ tree, names, plain }) {
  try {
    if (plain) return evaluate(tree, decoded(names), given);
    return encoded(compute(tree, decoded(names), given));
  } catch (error) {
    return error instanceof EvaluationError ? { $error: error.code } : { $crash: String(error.stack) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
