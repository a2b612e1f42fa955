// From a form's schema to how it looks: which control each field gets, and whether a table's rows fit on one line.
// What the package's own ui.json says comes first.
import { follow } from './places.js'

const GRID_COLUMNS = 6
const CHIPS = 4

// `x-labels`: what a choice is called in the reader's language, by its value, which is what is answered.
const named = (sub) => sub?.enum?.map((one) => String(sub['x-labels']?.[one] ?? one))

function labels(sub) {
  return (sub.oneOf?.map((one) => one.title ?? one.const) ?? named(sub) ?? []).map(String)
}

function control(sub, inRow) {
  if (sub.type === 'boolean') return 'yesno'
  const options = labels(sub)
  if (options.length) {
    if (options.length > 8) return 'combo'
    return !inRow && options.length <= CHIPS && options.join('').length <= 28 ? 'radio' : 'select'
  }
  if (sub['x-open'] && sub.examples?.length) return 'open'
  if (sub.type === 'array') {
    if (sub.items?.format === 'attachment') return 'attachments'
    if (sub.items?.enum || sub.items?.oneOf) return 'checkboxes'
    if (sub.items?.['x-open']) return 'chips'
    return undefined
  }
  return { date: 'day', 'date-time': 'moment', month: 'month', attachment: 'attachment', multiline: 'textarea', signature: 'signature', unit: 'unit', member: 'member' }[sub.format]
    ?? (sub.type === 'string' && sub.maxLength > 120 ? 'textarea' : undefined)
}

function weight(sub) {
  if (sub.format === 'multiline' || sub.maxLength > 60) return 2.2
  if (sub.type === 'number' || sub.type === 'integer') return 1.1
  if (sub.format === 'date' || sub.format === 'month') return 1.8
  return sub.type === 'string' ? 1.6 : 1.2
}

/** Columns of a table of objects, those of its branches included: [{name, title, unit, weight, required}]. */
export function columnsOf(items, root) {
  const here = follow(items, root)
  const found = new Map()
  const add = (part, sure) => {
    for (const [name, sub] of Object.entries(part?.properties ?? {})) {
      if (!found.has(name) && typeof sub === 'object' && (sure || sub.type || sub.enum)) {
        const whole = follow(sub, root)
        found.set(name, { name, title: whole.title ?? name, unit: whole['x-unit'] ?? '', weight: weight(whole), sub: whole, required: Boolean(here.required?.includes(name)) })
      }
    }
  }
  add(here, true)
  for (const branch of [here.then, here.else, ...(here.allOf ?? []).flatMap((one) => [one, one.then, one.else])]) add(branch, false)
  return [...found.values()]
}

const fits = (columns) => columns.length <= GRID_COLUMNS
  && columns.every(({ sub }) => sub.type !== 'object' && sub.type !== 'array' && sub.format !== 'attachment' && sub.format !== 'date-time')

function dressTable(sub, own, root) {
  const columns = columnsOf(sub.items, root).map((column) => ({ ...column, hidden: own?.items?.[column.name]?.['ui:widget'] === 'hidden' }))
  const shown = columns.filter(({ hidden }) => !hidden)
  const shape = own?.['ui:options']?.shape ?? (fits(shown) ? 'grid' : 'cards')
  const template = shown.map((column) => `minmax(0, ${column.weight}fr)`).join(' ')
  const items = dress(sub.items, own?.items, root, true)
  return {
    ...own,
    'ui:options': { orderable: false, copyable: true, ...own?.['ui:options'], shape, template, columns },
    items: { ...items, 'ui:options': { ...items['ui:options'], row: shape } },
  }
}

/** Conditional fields stand right after the field they depend on; @rjsf would put them last. Null when there are none. */
function orderOf(schema) {
  const order = Object.keys(schema.properties ?? {})
  let moved = false
  for (const rule of [schema, ...(schema.allOf ?? [])].filter((one) => one.if)) {
    const asked = Object.keys(rule.if.properties ?? {})
    const born = [rule.then, rule.else].flatMap((branch) => Object.keys(branch?.properties ?? {})).filter((name) => !order.includes(name))
    const after = Math.max(...asked.map((name) => order.indexOf(name)))
    if (born.length && after >= 0) {
      order.splice(after + 1, 0, ...new Set(born))
      moved = true
    }
  }
  return moved ? [...order, '*'] : null
}

/** The ui schema of `schema`. `own` is the package's; `inRow` for the fields of a table's row. */
export function dress(schema, own = {}, root = schema, inRow = false) {
  const here = follow(schema, root)
  if (!here || typeof here !== 'object') return own
  if (here['x-table']) return { ...own, 'ui:field': 'checklist' }
  if (here['x-draw'] && !own['ui:readonly']) return dress(schema, { ...own, 'ui:readonly': true }, root, inRow) // nobody picks by hand
  if (here.type === 'array' && (here.items?.type === 'object' || here.items?.properties || here.items?.$ref)) return dressTable(here, own, root)
  const dressed = { ...own }
  const parts = [here, here.then, here.else, ...(here.allOf ?? []).flatMap((one) => [one, one.then, one.else])].filter(Boolean)
  for (const part of parts) {
    for (const [name, sub] of Object.entries(part.properties ?? {})) {
      if (typeof sub === 'object' && (dressed[name] === undefined || dressed[name] === own[name])) dressed[name] = dress(sub, own?.[name], root, inRow)
    }
  }
  if (!own['ui:order']) {
    const order = orderOf(here)
    if (order) dressed['ui:order'] = order
  }
  const chosen = own['ui:widget'] ?? own['ui:options']?.widget ?? (here.type === 'object' || here.properties ? undefined : control(here, inRow))
  if (chosen) dressed['ui:widget'] = chosen
  const choices = here['x-labels'] ? here : follow(here.items ?? {}, root)
  if (choices?.['x-labels']) dressed['ui:enumNames'] = named(choices)
  if (here['x-computed'] !== undefined) dressed['ui:readonly'] = true
  return dressed
}
