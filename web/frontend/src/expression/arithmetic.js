// The signs + - * / // %; as forms/expression/arithmetic.py. With null the result is null.

import { add, Decimal, decimalFrom, divide, floorDivide, modulo, multiply, negate, subtract } from "./decimal.js";
import { after, dayOf, Moment, Period } from "./dates.js";
import { refuse } from "./errors.js";
import { asWhen, isList, isText, isWhen } from "./values.js";

const TEXT = 100_000;
const ON_NUMBERS = { "+": add, "-": subtract, "*": multiply, "/": divide, "//": floorDivide, "%": modulo };

export function calculate(sign, left, right, meter, addWorkdays) {
  if (left === null || right === null) return null;
  if (left instanceof Decimal && right instanceof Decimal) return ON_NUMBERS[sign](left, right);
  if (sign === "+") return plus(left, right, meter, addWorkdays);
  if (sign === "-") return minus(left, right, meter, addWorkdays);
  return refuse("kind");
}

export function negative(value) {
  if (value === null) return null;
  if (value instanceof Decimal) return negate(value);
  return value instanceof Period ? new Period(value.unit, -value.count) : refuse("kind");
}

function plus(left, right, meter, addWorkdays) {
  if (left instanceof Period && !(right instanceof Period)) [left, right] = [right, left];
  if (right instanceof Period && (isWhen(left) || isText(left))) return moved(left, right, meter, addWorkdays);
  if (isText(left) && isText(right)) {
    if (left.length + right.length > TEXT) refuse("size");
    meter.spend((left.length + right.length) / 64);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    meter.spend((left.length + right.length) / 8);
    return [...left, ...right];
  }
  return refuse("kind");
}

function minus(left, right, meter, addWorkdays) {
  if (right instanceof Period && (isWhen(left) || isText(left))) {
    return moved(left, new Period(right.unit, -right.count), meter, addWorkdays);
  }
  const both = [left, right].every((value) => isWhen(value) || isText(value));
  if (!both || !(isWhen(left) || isWhen(right))) refuse("kind");
  const [late, early] = [asWhen(left), asWhen(right)];
  if (late === null || early === null) return null;
  if (late instanceof Moment && early instanceof Moment) refuse("kind");
  return decimalFrom(String(dayOf(late).number - dayOf(early).number));
}

function moved(start, period, meter, addWorkdays) {
  meter.spend(period.unit === "workdays" ? 50 + Math.abs(period.count) * 2 : 10);
  const when = asWhen(start);
  return when === null ? null : after(when, period, addWorkdays);
}
