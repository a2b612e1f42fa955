// Words of the islands. The Chinese source is the key; English comes from en.json and is fetched only when needed.
const english = document.documentElement.lang.startsWith('en')
const catalog = english ? (await import('./en.json')).default : {}

export const locale = english ? 'en' : 'zh-CN'

/** t('还有{n}项', {n: 3}): the text in the page's language, with its names filled in. */
export function t(source, names = {}) {
  const text = catalog[source] ?? source
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in names ? String(names[name]) : whole))
}
