import { createContext } from 'react'

/** What widgets need besides their own value: {answers, units, unitsOf: actor -> ids, files, uploadUrl, csrf, addFile(file), tables {template, read, export},
 * fillTable(path, rows), pagers (ref: id of a table -> turns to a row),
 * root: the whole schema, lists: field -> check table (checklist/rows.js), readList (ref: field -> gives its rows now), writeList(field, rows),
 * warned: id -> [{path, text}] of the soft limits that the answers pass,
 * listErrors: field -> place -> name -> {__errors}, locked, sheets: whether tables go through Excel,
 * unfilled (ref: pointer of a table -> {title, n} of rows that were read from a sheet and not filled in)}. */
export const Shared = createContext({ answers: {}, units: [], files: {}, warned: new Map() })
