// Dates as a clerk writes them. Pure: no DOM, no clock; a day is 'YYYY-MM-DD', a month 'YYYY-MM'.
const pad = (number) => String(number).padStart(2, '0')

export const text = (date) => `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`
export const day = (value) => new Date(`${value}T00:00:00Z`)

function checked(year, month, date) {
  const value = `${year}-${pad(month)}-${pad(date)}`
  const made = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(made.valueOf()) && text(made) === value ? value : null
}

/** Read '2024-11-30', '2024/11/30', '2024.11.30', '20241130', '2024年11月30日', '11月30日' or '11-30' (year of `today`). Null when it is none. */
export function readDay(written, today) {
  const plain = written.normalize('NFKC').trim().replace(/\s+/g, '')
  let found = /^(\d{4})(\d{2})(\d{2})$/.exec(plain) ?? /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain)
  if (found) return checked(found[1], found[2], found[3])
  found = /^(\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain)
  return found ? checked(today.slice(0, 4), found[1], found[2]) : null
}

/** Read '2024-11', '2024/11', '202411', '2024年11月' or '11月' (year of `today`). Null when it is none. */
export function readMonth(written, today) {
  const plain = written.normalize('NFKC').trim().replace(/\s+/g, '')
  let found = /^(\d{4})(\d{2})$/.exec(plain) ?? /^(\d{4})[-/.年](\d{1,2})月?$/.exec(plain)
  if (!found) {
    found = /^(\d{1,2})月$/.exec(plain)
    if (found) found = [null, today.slice(0, 4), found[1]]
  }
  return found && checked(found[1], found[2], 1) ? `${found[1]}-${pad(found[2])}` : null
}

export function moved(value, days) {
  const date = day(value)
  date.setUTCDate(date.getUTCDate() + days)
  return text(date)
}

export function movedMonths(value, months) {
  const date = day(value)
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1))
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  first.setUTCDate(Math.min(date.getUTCDate(), last))
  return text(first)
}

/** The six weeks, Monday first, that show the month of `value`. */
export function weeksAround(value) {
  const first = `${value.slice(0, 7)}-01`
  const monday = moved(first, -((day(first).getUTCDay() + 6) % 7))
  return Array.from({ length: 42 }, (_, index) => moved(monday, index))
}
