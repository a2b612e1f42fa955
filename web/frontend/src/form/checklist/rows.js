// The rows of a check table: one for each item, laid out in its order. What the table says of an item is no answer; what travels
// is what somebody filled in.

const says = (value) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** list: what the server says of a check table (web/views/tasks.py), with `columnOf`, `keys` and `at` (id of an item -> its place). */
export function prepared(list) {
  const place = (name) => list.columns.indexOf(name)
  const keys = list.items.map((item) => item[place(list.key)])
  return { ...list, keys, at: new Map(keys.map((key, index) => [key, index])), said: (index, name) => list.items[index][place(name)] ?? '' }
}

export const answersIn = (list, row) => Object.fromEntries(Object.entries(row ?? {}).filter(([name, value]) => !list.columns.includes(name) && says(value)))

export const isFilled = (list, row) => Object.keys(answersIn(list, row)).length > 0

/** Rows as the form holds them: every item, with what the table says of it as far as the form keeps that. */
export function laidOut(list, rows) {
  const given = new Map((Array.isArray(rows) ? rows : []).map((row) => [row?.[list.key], row]))
  return list.keys.map((key, index) => ({ ...Object.fromEntries(list.own.filter((name) => list.columns.includes(name)).map((name) => [name, list.said(index, name)])), ...answersIn(list, given.get(key)), [list.key]: key }))
}

/** Rows as they are kept: the id and what was answered, of those in which anything was. */
export const thinned = (list, rows) => (rows ?? []).filter((row) => isFilled(list, row)).map((row) => ({ [list.key]: row[list.key], ...answersIn(list, row) }))

/** Rows as they are judged: all of them, or of a sample those that were looked at. `places`: where each stands in the form. */
export function handedIn(list, rows) {
  const places = rows.map((_, index) => index).filter((index) => !list.partial || isFilled(list, rows[index]))
  return { places, rows: places.map((index) => rows[index]) }
}

/** Rows as they are sent: what the table says of its items stays here. */
export const sent = (list, rows) => rows.map((row) => ({ [list.key]: row[list.key], ...answersIn(list, row) }))

/** What is different between two states of a form: {set, rows}. lists: field -> prepared list. whole: every plain answer is named. */
export function changesOf(before, after, lists, whole = false) {
  const set = {}
  const rows = {}
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const list = lists[name]
    if (!list) {
      const is = after[name]
      if (whole || (is !== before[name] && JSON.stringify(is) !== JSON.stringify(before[name]))) set[name] = is === undefined ? null : is
      continue
    }
    const touched = {}
    list.keys.forEach((key, index) => {
      const [was, is] = [before[name]?.[index], after[name]?.[index]]
      if (was === is) return
      const now = answersIn(list, is)
      if (JSON.stringify(answersIn(list, was)) !== JSON.stringify(now)) touched[key] = Object.keys(now).length ? now : null
    })
    if (Object.keys(touched).length) rows[name] = touched
  }
  return { set, rows }
}

/** Holds the rows of one table while they are written, and tells only those who look at the row that changed. */
export class Rows {
  constructor(list, rows, field) {
    Object.assign(this, { list, rows, field, heard: new Map(), watching: new Set(), counts: null })
    this.recount()
  }

  set(index, row) {
    this.rows = [...this.rows]
    this.rows[index] = row
    this.tell(index)
    this.recount()
  }

  /** Takes rows that came from elsewhere: another window's, a sheet's. */
  take(rows) {
    const before = this.rows
    this.rows = rows
    rows.forEach((row, index) => { if (row !== before[index]) this.tell(index) })
    this.recount()
  }

  tell(index) {
    for (const hear of this.heard.get(index) ?? []) hear()
  }

  listen(index, hear) {
    if (!this.heard.has(index)) this.heard.set(index, new Set())
    this.heard.get(index).add(hear)
    return () => this.heard.get(index).delete(hear)
  }

  watch(hear) {
    this.watching.add(hear)
    return () => this.watching.delete(hear)
  }

  /** How many rows say what in the field that counts, and how far each area is; a new object only when a number has changed. */
  recount() {
    const by = new Map([['', 0]])
    const areas = new Map()
    this.rows.forEach((row, index) => {
      const value = this.field ? row[this.field] ?? '' : (isFilled(this.list, row) ? '1' : '')
      by.set(value, (by.get(value) ?? 0) + 1)
      const area = this.list.said(index, this.list.area)
      const [done, all] = areas.get(area) ?? [0, 0]
      areas.set(area, [done + (value === '' ? 0 : 1), all + 1])
    })
    const key = JSON.stringify([[...by], [...areas]])
    if (key === this.counted) return
    this.counted = key
    this.counts = { by, areas }
    for (const hear of this.watching) hear()
  }
}
