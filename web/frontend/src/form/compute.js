// Computed fields: the schema carries each expression's tree (`x-computed-tree`); the server computes them again and its result counts.
import { evaluate } from '../expression.js'
import { follow, withValue } from './places.js'

function* computedFields(schema, answers, root, path = [], around = {}) {
  const here = follow(schema, root)
  if (!here || typeof here !== 'object' || answers === null) return
  const names = answers && typeof answers === 'object' && !Array.isArray(answers) ? { ...around, ...answers } : around
  const branches = [here.then, here.else, ...(here.allOf ?? [])].filter(Boolean)
  for (const [key, sub] of Object.entries(here.properties ?? {})) {
    if (sub?.['x-computed-tree']) yield { path: [...path, key], tree: sub['x-computed-tree'], names }
    else if (sub?.properties || sub?.items || sub?.$ref) yield* computedFields(sub, answers?.[key], root, [...path, key], names)
  }
  if (here.items && Array.isArray(answers)) {
    for (let index = 0; index < answers.length; index += 1) yield* computedFields(here.items, answers[index], root, [...path, index], around)
  }
  for (const branch of branches) yield* computedFields(branch, answers, root, path, around)
}

const valueIn = (answers, path) => path.reduce((value, part) => value?.[part], answers)

// Decimals come back as numbers' texts or objects of the interpreter; the form holds plain JSON.
function plainResult(value) {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'object' && typeof value.toJSON === 'function') return value.toJSON()
  return typeof value === 'bigint' ? Number(value) : value
}

/** `answers` with every computed field filled in. A field that depends on another settles within a few rounds. */
export function computed(schema, answers, given = {}) {
  let filled = answers
  for (let round = 0; round < 4; round += 1) {
    let changed = false
    for (const { path, tree, names } of computedFields(schema, filled, schema)) {
      let value
      try { value = plainResult(evaluate(tree, { ...given, ...filled, ...names })) } catch { value = undefined }
      if (valueIn(filled, path) !== value) {
        filled = withValue(filled, path, value)
        changed = true
      }
    }
    if (!changed) break
  }
  return filled
}
