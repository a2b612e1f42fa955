// Rows of a table: which of them say anything, and which of them are on which page.
export const PAGE = 20

const says = (value) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** The rows in which somebody filled something in: a new row has nothing yet but what is worked out. */
export function filledRows(rows, columns = []) {
  const worked = new Set(columns.filter(({ sub }) => sub?.['x-computed'] !== undefined).map(({ name }) => name))
  return (Array.isArray(rows) ? rows : []).filter((row) => row && typeof row === 'object' && Object.entries(row).some(([name, value]) => !worked.has(name) && says(value)))
}

/** The page that `page` means among `count` rows: {page, pages, from, to}; from 0, `to` is not on it any more. */
export function pageOf(page, count) {
  const pages = Math.max(1, Math.ceil(count / PAGE))
  const here = Math.min(Math.max(0, page), pages - 1)
  return { page: here, pages, from: here * PAGE, to: Math.min(count, (here + 1) * PAGE) }
}
