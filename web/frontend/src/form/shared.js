import { createContext } from 'react'

/** What widgets need besides their own value: {answers, units, files, uploadUrl, csrf, addFile(file), tables {template, read, export},
 * fillTable(path, rows), pagers (ref: id of a table -> turns to a row),
 * unfilled (ref: pointer of a table -> {title, n} of rows that were read from a sheet and not filled in)}. */
export const Shared = createContext({ answers: {}, units: [], files: {} })
