import { createContext } from 'react'

/** What widgets need besides their own value: {answers, units, files, upload(file, id, told), addFile(file), locale}. */
export const Shared = createContext({ answers: {}, units: [], files: {} })
