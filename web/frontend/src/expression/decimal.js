// Exact decimals: a BigInt coefficient times a power of ten, 34 digits, rounded half-even; as forms/expression/numbers.py.

import { refuse } from "./errors.js";

const DIGITS = 34;
const EXPONENT = 99;
const PLACES = 20;
const WRITTEN = /^([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

export class Decimal {
  // coefficient: BigInt without zeros at its end (0n for zero); exponent: number
  constructor(coefficient, exponent) {
    this.coefficient = coefficient;
    this.exponent = exponent;
  }
}

export const ZERO = new Decimal(0n, 0);
const ONE = new Decimal(1n, 0);

const power = (exponent) => 10n ** BigInt(exponent);
const absolute = (value) => (value < 0n ? -value : value);

// Divide by 10^cut (cut > 0); `up` decides from (doubled rest, divisor, odd) whether to go away from zero.
function cutOff(coefficient, cut, up) {
  const divisor = power(cut);
  const size = absolute(coefficient);
  let kept = size / divisor;
  if (up(2n * (size % divisor), divisor, kept % 2n === 1n)) kept += 1n;
  return coefficient < 0n ? -kept : kept;
}

const halfEven = (doubled, divisor, odd) => doubled > divisor || (doubled === divisor && odd);
const halfUp = (doubled, divisor) => doubled >= divisor;

// Round to 34 digits and refuse what is out of range.
function settle(coefficient, exponent) {
  if (coefficient === 0n) return ZERO;
  let digits = absolute(coefficient).toString().length;
  if (exponent + digits - 1 < -EXPONENT) refuse("number");
  if (digits > DIGITS) {
    const cut = digits - DIGITS;
    coefficient = cutOff(coefficient, cut, halfEven);
    exponent += cut;
  }
  const text = absolute(coefficient).toString();
  if (exponent + text.length - 1 > EXPONENT) refuse("number");
  const zeros = text.length - text.replace(/0+$/, "").length;
  return zeros ? new Decimal(coefficient / power(zeros), exponent + zeros) : new Decimal(coefficient, exponent);
}

export function decimalFrom(text) {
  const found = WRITTEN.exec(text);
  if (!found || text.length > 400) refuse("number");
  const [, sign, whole, fraction = "", shift = "0"] = found;
  return settle(BigInt((sign === "-" ? "-" : "") + whole + fraction), Number(shift) - fraction.length);
}

function aligned(left, right) {
  const exponent = Math.min(left.exponent, right.exponent);
  const on = (value) => value.coefficient * power(value.exponent - exponent);
  return [on(left), on(right), exponent];
}

export function add(left, right) {
  const [a, b, exponent] = aligned(left, right);
  return settle(a + b, exponent);
}

export const negate = (value) => new Decimal(-value.coefficient, value.exponent);
export const subtract = (left, right) => add(left, negate(right));
export const multiply = (left, right) =>
  settle(left.coefficient * right.coefficient, left.exponent + right.exponent);
export const magnitude = (value) => new Decimal(absolute(value.coefficient), value.exponent);

export function divide(left, right) {
  if (right.coefficient === 0n) refuse("division");
  // Two digits more than are kept, and one that tells whether anything is left over.
  const more = Math.max(0, DIGITS + 2 + right.coefficient.toString().length - left.coefficient.toString().length);
  const scaled = left.coefficient * power(more);
  const quotient = scaled / right.coefficient;
  const rest = scaled % right.coefficient === 0n ? 0n : (left.coefficient < 0n) === (right.coefficient < 0n) ? 1n : -1n;
  return settle(quotient * 10n + rest, left.exponent - right.exponent - more - 1);
}

// The quotient without its fraction, and the rest, both cut towards zero.
function divided(left, right) {
  if (right.coefficient === 0n) refuse("division");
  const [a, b, exponent] = aligned(left, right);
  const quotient = a / b;
  if (absolute(quotient).toString().length > DIGITS) refuse("number");
  const rest = settle(a % b, exponent);
  const differs = rest.coefficient !== 0n && (rest.coefficient < 0n) !== (right.coefficient < 0n);
  return [settle(quotient, 0), rest, differs];
}

export function floorDivide(left, right) {
  const [quotient, , differs] = divided(left, right);
  return differs ? subtract(quotient, ONE) : quotient;
}

export function modulo(left, right) {
  const [, rest, differs] = divided(left, right);
  return differs ? add(rest, right) : rest;
}

export function compare(left, right) {
  const [a, b] = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

// 四舍五入, as on paper: a half goes away from zero.
export function round(value, places) {
  const wanted = -Math.max(-PLACES, Math.min(PLACES, places));
  if (value.exponent >= wanted) return value;
  const cut = wanted - value.exponent;
  return settle(cutOff(value.coefficient, cut, halfUp), wanted);
}

export const isWhole = (value) => value.exponent >= 0;

// The shortest plain writing, without exponent.
export function written(value) {
  const { coefficient, exponent } = value;
  if (exponent >= 0) return (coefficient * power(exponent)).toString();
  const digits = absolute(coefficient).toString().padStart(1 - exponent, "0");
  const text = `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  return coefficient < 0n ? `-${text}` : text;
}
