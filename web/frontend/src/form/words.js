// What is wrong with an answer, in words: the field by its title, and the remedy; never the value itself.
import { t } from '../i18n/index.js'
import { schemaAt } from './places.js'

/** The field's name as a person would say it: “问题隐患清单 第2行 级别”. */
export function nameOf(schema, path) {
  const names = []
  path.forEach((part, index) => {
    if (typeof part === 'number') names.push(t('第{n}行', { n: part + 1 }))
    else names.push(schemaAt(schema, path.slice(0, index + 1))?.title ?? String(part))
  })
  // Quotation marks inside quotation marks become single ones.
  return names.join(' ').replace(/“/g, '‘').replace(/”/g, '’')
}

const SAY = {
  required: (sub) => (sub.type === 'boolean' ? t('“{field}”请选“是”或“否”') : t('“{field}”必须填写')),
  type: (sub) => (['number', 'integer'].includes(sub.type) ? t(sub.type === 'integer' ? '“{field}”请填整数' : '“{field}”请填数字') : t('“{field}”填写的内容不符合要求')),
  enum: () => t('“{field}”请从给出的选项中选择'),
  const: () => t('“{field}”请从给出的选项中选择'),
  minimum: () => t('“{field}”不能小于{limit}'),
  maximum: () => t('“{field}”不能大于{limit}'),
  exclusiveMinimum: () => t('“{field}”必须大于{limit}'),
  exclusiveMaximum: () => t('“{field}”必须小于{limit}'),
  multipleOf: () => t('“{field}”必须是{limit}的整数倍'),
  minLength: (sub, limit) => (limit > 1 ? t('“{field}”至少写{limit}个字') : t('“{field}”必须填写')),
  maxLength: () => t('“{field}”最多写{limit}个字，请精简'),
  minItems: (sub, limit) => (sub.items?.format === 'attachment' ? t('“{field}”至少上传{limit}个文件') : limit > 1 ? t('“{field}”至少填{limit}行') : t('“{field}”至少填一行')),
  maxItems: () => t('“{field}”最多{limit}行，请删去多余的'),
  uniqueItems: () => t('“{field}”有重复的行，请合并或删去'),
  contains: (sub, limit) => (limit?.const === undefined ? t('“{field}”填写的内容不符合要求') : t('“{field}”里必须有“{limit}”')),
  pattern: () => t('“{field}”的格式不对'),
  format: (sub) => ({ date: t('“{field}”请填日期，例如 2024-11-30'), month: t('“{field}”请填月份，例如 2024-11'), year: t('“{field}”请填年份，例如 2024'), 'date-time': t('“{field}”请填日期和时间，例如 2024-11-30 08:30'), email: t('“{field}”请填电子邮箱地址') }[sub.format] ?? t('“{field}”的格式不对')),
  other: () => t('“{field}”填写的内容不符合要求'),
}

/**
 * A broken rule in words: {what, short}; `short` is for beside the field, where its table and row are plain to see.
 * keyword: of JSON Schema; limit: its value.
 */
export function say(schema, path, keyword, limit) {
  const sub = schemaAt(schema, path) ?? {}
  const text = (SAY[keyword] ?? SAY.other)(sub, limit)
  const named = keyword === 'contains' ? (sub.items?.['x-labels']?.[limit?.const] ?? limit?.const) : limit
  const shown = typeof named === 'number' || typeof named === 'string' ? `${named}${sub['x-unit'] && !/Length|Items/.test(keyword) ? sub['x-unit'] : ''}` : ''
  const filled = text.replace('{limit}', shown)
  const name = nameOf(schema, path)
  const own = path.length > 1 && typeof path.at(-1) === 'string' ? nameOf({ properties: { [path.at(-1)]: sub } }, path.slice(-1)) : name
  return { what: filled.replace('{field}', name), short: filled.replace('{field}', own) }
}
