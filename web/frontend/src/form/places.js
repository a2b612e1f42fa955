// Places in the answers: a JSON pointer ('/hazards/0/级别'), a path (['hazards', 0, '级别']), the id of its field on the page.

export function pathOf(pointer) {
  if (!pointer || pointer === '#' || pointer === '/') return []
  return pointer.replace(/^#?\//, '').split('/').map((part) => decodeURIComponentSafe(part).replace(/~1/g, '/').replace(/~0/g, '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

function decodeURIComponentSafe(part) {
  try { return decodeURIComponent(part) } catch { return part }
}

export const pointerOf = (path) => path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('')
export const idOf = (path) => ['root', ...path].join('_')
export const valueAt = (answers, path) => path.reduce((value, part) => (value == null ? undefined : value[part]), answers)

/** A copy of `answers` with the value at `path` replaced; undefined takes the key away. */
export function withValue(answers, path, value) {
  if (path.length === 0) return value
  const [first, ...rest] = path
  const copy = Array.isArray(answers) ? [...answers] : { ...(answers ?? {}) }
  const inner = withValue(copy[first], rest, value)
  if (inner === undefined && !Array.isArray(copy)) delete copy[first]
  else copy[first] = inner
  return copy
}

/** What the schema could say about `path`, its branches (if/then, allOf …) included: the first declaration found, or {}. */
export function schemaAt(schema, path, root = schema) {
  const here = follow(schema, root)
  if (!here || typeof here !== 'object') return undefined
  if (path.length === 0) return here
  const [first, ...rest] = path
  const nearer = typeof first === 'number' ? (here.prefixItems?.[first] ?? here.items) : here.properties?.[first]
  const found = nearer && schemaAt(nearer, rest, root)
  if (found) return found
  for (const branch of [here.then, here.else, ...(here.allOf ?? []), ...(here.anyOf ?? []), ...(here.oneOf ?? [])]) {
    const inside = branch && schemaAt(branch, path, root)
    if (inside) return inside
  }
  return undefined
}

export function follow(schema, root, depth = 0) {
  if (!schema?.$ref || depth > 8) return schema
  const target = pathOf(schema.$ref).reduce((value, part) => value?.[part], root)
  return follow({ ...target, ...schema, $ref: target?.$ref }, root, depth + 1)
}
