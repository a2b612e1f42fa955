// Dates as whole days, moments as local time with an offset, periods; as forms/expression/dates.py. No Date, no time zone
// of the browser: what a form says must not depend on where it is filled in.

import { refuse } from "./errors.js";

const DAY_MICROS = 86_400_000_000;
const HOUR_MICROS = 3_600_000_000;
const LAST_DAY = dayNumber(9999, 12, 31);
const FIRST_DAY = dayNumber(1, 1, 1);
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MOMENT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))$/;

export class Day {
  constructor(number) {
    if (!(number >= FIRST_DAY && number <= LAST_DAY)) refuse("date");
    this.number = number; // days since 1970-01-01
  }
}

export class Moment extends Day {
  constructor(number, micros, offset) {
    super(number);
    this.micros = micros; // of the local day
    this.offset = offset; // minutes east of UTC
  }
}

export class Period {
  constructor(unit, count) {
    this.unit = unit; // "days" | "months" | "hours" | "workdays"
    this.count = count;
  }
}

// Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant's days_from_civil).
function dayNumber(year, month, day) {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function civil(number) {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const part = Math.floor((5 * dayOfYear + 2) / 153);
  const month = part < 10 ? part + 3 : part - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * part + 2) / 5) + 1,
  };
}

const monthLength = (year, month) =>
  month === 12 ? 31 : dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);

export function dayFrom(year, month, day) {
  const valid = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
  return valid ? new Day(dayNumber(year, month, day)) : null;
}

function dayIn(text) {
  const found = DATE.exec(text);
  return found && dayFrom(Number(found[1]), Number(found[2]), Number(found[3]));
}

// The date or moment that a text writes, or null; a time without an offset is none.
export function whenIn(text) {
  const found = MOMENT.exec(text);
  if (!found) return dayIn(text);
  const day = dayIn(found[1]);
  const [hour, minute, second] = [found[2], found[3], found[4] ?? "0"].map(Number);
  const [east, offsetHour, offsetMinute] = [found[6] === "-" ? -1 : 1, Number(found[7] ?? 0), Number(found[8] ?? 0)];
  if (!day || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return null;
  const micros = (hour * 3600 + minute * 60 + second) * 1_000_000 + Number((found[5] ?? "").padEnd(6, "0"));
  return new Moment(day.number, micros, east * (offsetHour * 60 + offsetMinute));
}

export const dayOf = (when) => (when instanceof Moment ? new Day(when.number) : when);

export function compareWhen(left, right) {
  if (!(left instanceof Moment && right instanceof Moment)) return Math.sign(left.number - right.number);
  const [a, b] = [utc(left), utc(right)];
  return Math.sign(a.number - b.number || a.micros - b.micros);
}

function utc(moment) {
  return normal(moment.number, moment.micros - moment.offset * 60_000_000);
}

function normal(number, micros) {
  const days = Math.floor(micros / DAY_MICROS);
  return { number: number + days, micros: micros - days * DAY_MICROS };
}

const moved = (when, number, micros = when.micros) =>
  when instanceof Moment ? new Moment(number, micros, when.offset) : new Day(number);

function plusMonths(when, count) {
  const from = civil(when.number);
  const months = from.year * 12 + from.month - 1 + count;
  const [year, month] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  if (year < 1 || year > 9999) refuse("date");
  return moved(when, dayNumber(year, month, Math.min(from.day, monthLength(year, month))));
}

// Move a date or moment by a period; `addWorkdays(isoDate, count)` answers with an ISO date.
export function after(when, period, addWorkdays) {
  if (period.unit === "months") return plusMonths(when, period.count);
  if (period.unit === "days") return moved(when, when.number + period.count);
  if (period.unit === "hours") {
    if (!(when instanceof Moment)) refuse("date");
    const { number, micros } = normal(when.number, when.micros + period.count * HOUR_MICROS);
    return new Moment(number, micros, when.offset);
  }
  if (!addWorkdays) refuse("given");
  const answer = dayIn(addWorkdays(iso(dayOf(when)), period.count) ?? "");
  return answer ? moved(when, answer.number) : refuse("date");
}

export function spanStart(when, months) {
  const { year, month } = civil(when.number);
  return new Day(dayNumber(year, Math.floor((month - 1) / months) * months + 1, 1));
}

export function spanEnd(when, months) {
  const { year, month } = civil(spanStart(when, months).number);
  const last = month + months - 1;
  return new Day(dayNumber(year, last, monthLength(year, last)));
}

const padded = (value, length = 2) => String(value).padStart(length, "0");

export function iso(when) {
  const { year, month, day } = civil(when.number);
  const date = `${padded(year, 4)}-${padded(month)}-${padded(day)}`;
  if (!(when instanceof Moment)) return date;
  const seconds = Math.floor(when.micros / 1_000_000);
  const fraction = when.micros % 1_000_000;
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => padded(part));
  const size = Math.abs(when.offset);
  const offset = `${when.offset < 0 ? "-" : "+"}${padded(Math.floor(size / 60))}:${padded(size % 60)}`;
  return `${date}T${time.join(":")}${fraction ? `.${padded(fraction, 6)}` : ""}${offset}`;
}
