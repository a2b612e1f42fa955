// Rules checked in the browser, without compiling code (ajv would need `unsafe-eval`): @cfworker/json-schema interprets the
// schema. The server checks the same rules again; what it says counts.
import { Validator } from '@cfworker/json-schema'
import { follow, pathOf } from './places.js'
import { say } from './words.js'

const LEAVES = new Set(['type', 'enum', 'const', 'required', 'dependentRequired', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum',
  'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'pattern', 'format', 'anyOf', 'oneOf', 'not', 'contains'])

// undefined never reaches the validator: JSON has none.
const plain = (answers) => (answers === undefined ? {} : JSON.parse(JSON.stringify(answers)))

const made = new WeakMap()
function validatorFor(schema, root) {
  if (!made.has(schema)) {
    const whole = root && root !== schema && root.$defs && !schema.$defs ? { ...schema, $defs: root.$defs } : schema
    made.set(schema, new Validator(JSON.parse(JSON.stringify(whole)), '2020-12', false))
  }
  return made.get(schema)
}

function limitAt(schema, keywordLocation) {
  let at = schema
  for (const part of pathOf(keywordLocation)) {
    at = part === '$ref' ? follow(at, schema) : at?.[part]
  }
  return at
}

function missingKey(error) {
  return /"([^"]+)"\.?$/.exec(error.error)?.[1]
}

function problemOf(schema, error) {
  const path = pathOf(error.instanceLocation)
  const needs = error.keyword === 'required' || error.keyword === 'dependentRequired'
  const where = needs ? [...path, missingKey(error)] : path
  return { path: where, ...say(schema, where, needs ? 'required' : error.keyword, limitAt(schema, error.keywordLocation)), do: '' }
}

function months(schema, answers, path = []) {
  const here = follow(schema, schema)
  if (!here || typeof here !== 'object') return []
  if (typeof answers === 'string' && here.format === 'year') return /^(19|20|21)\d{2}$/.test(answers) ? [] : [path]
  if (typeof answers === 'string') return here.format === 'month' && !/^\d{4}-(0[1-9]|1[0-2])$/.test(answers) ? [path] : []
  if (Array.isArray(answers)) return answers.flatMap((row, index) => months(here.items ?? {}, row, [...path, index]))
  if (answers && typeof answers === 'object') return Object.entries(answers).flatMap(([key, value]) => months(here.properties?.[key] ?? {}, value, [...path, key]))
  return []
}

/** Every problem of `answers`, one per field: [{path, what, short, do}]. */
export function problems(schema, answers) {
  const given = plain(answers)
  const found = validatorFor(schema).validate(given).errors.filter((error) => LEAVES.has(error.keyword)).map((error) => problemOf(schema, error))
  for (const path of months(schema, given)) found.push({ path, ...say(schema, path, 'format'), do: '' })
  const seen = new Set()
  return found.filter(({ path }) => {
    const key = JSON.stringify(path)
    return seen.has(key) ? false : seen.add(key)
  })
}

/** The interface that @rjsf asks of a validator. It is used for conditions (if/then, oneOf); messages come from `problems`. */
export const validator = {
  isValid(schema, answers, root) {
    if (typeof schema === 'boolean') return schema
    try { return validatorFor(schema, root).validate(plain(answers)).valid } catch { return false }
  },
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: (schema, answers) => ({ errors: validatorFor(schema).validate(plain(answers)).errors }),
  reset() {},
}
