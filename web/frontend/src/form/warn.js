// Soft limits: what the form asks people to look at again and takes all the same (forms/soft.py says the same to whoever reads it).
import { holds } from '../expression.js'
import { follow } from './places.js'
import { validator } from './validator.js'

const fits = (schema, answers, root) => validator.isValid(schema, answers, root)

/** The schemas that apply to a value besides the one that stands there. */
function branches(here, value, root) {
  const found = [...(here.allOf ?? [])]
  for (const options of [here.anyOf, here.oneOf]) if (options) found.push(...options.filter((one) => fits(one, value, root)))
  if (here.if !== undefined) found.push(fits(here.if, value, root) ? here.then : here.else)
  for (const [name, then] of Object.entries(here.dependentSchemas ?? {})) if (value?.[name] !== undefined) found.push(then)
  return found.filter((one) => one && typeof one === 'object')
}

function applies(tree, names) {
  try { return holds(tree, names) } catch { return false }
}

function* passed(schema, value, root, path, around) {
  const here = follow(schema, root)
  if (!here || typeof here !== 'object') return
  const names = value && typeof value === 'object' && !Array.isArray(value) ? { ...around, ...value } : around
  if (here['x-warn-tree'] && applies(here['x-warn-tree'], names)) yield { path, text: here['x-warn-text'] ?? '' }
  for (const [key, sub] of Object.entries(here.properties ?? {})) yield* passed(sub, value?.[key], root, [...path, key], names)
  if (here.items && Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) yield* passed(here.items, value[index], root, [...path, index], names)
  }
  for (const branch of branches(here, value, root)) yield* passed(branch, value, root, path, around)
}

const without = (value) => (value === undefined ? {} : JSON.parse(JSON.stringify(value)))

/** Every soft limit that the answers pass: [{path, text}]. today: the day on which they are given. */
export function warnings(schema, answers, today) {
  const given = without(answers)
  return [...passed(schema, given, schema, [], today ? { today } : {})]
}

/** Whether a form has soft limits at all; most have none, and a keystroke should not look for them. */
export const warns = (schema) => JSON.stringify(schema).includes('"x-warn-tree"')
