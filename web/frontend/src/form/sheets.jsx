// A table of the form and Excel: the template, a filled sheet read into rows, and the rows handed out.
import { useContext, useEffect, useRef, useState } from 'react'
import { t } from '../i18n/index.js'
import { thinned } from './checklist/rows.js'
import { Icon } from './icon.jsx'
import { pointerOf, valueAt } from './places.js'
import { filledRows } from './rows.js'
import { Shared } from './shared.js'

async function refusalOf(response) {
  const body = await response.json().catch(() => ({}))
  if (response.status === 401) return { what: t('登录已过期'), do: t('请在新窗口登录后回到本页重试，已填内容都在。'), problems: [] }
  return { what: body.what ?? t('没有读成'), do: body.do ?? t('请稍后再试。'), problems: body.problems ?? [] }
}

async function ask(url, csrf, body, headers = {}) {
  return fetch(url, { method: 'POST', credentials: 'same-origin', headers: { Accept: 'application/json', 'X-CSRFToken': csrf, ...headers }, body })
}

const offline = { what: t('网络断开，没有收到答复'), do: t('内容都在。网络恢复后请重试。'), problems: [] }

function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function Problems({ refusal, close }) {
  return (
    <div className="ls-note ls-note-bad" role="alert"><Icon name="late" /><div className="ls-grow">
      <p className="ls-note-title">{refusal.what}</p>
      <p>{refusal.do}</p>
      {refusal.problems.length > 0 && <ul className="ls-sheet-problems">{refusal.problems.map((one, index) => <li key={index}>{one.what} <span className="ls-quiet">{one.do}</span></li>)}</ul>}
      <p><button type="button" className="btn btn-quiet btn-sm" onClick={close}>{t('知道了')}</button></p></div></div>
  )
}

function Preview({ found, there, fill, close }) {
  const left = [...found.unknown.map((name) => t('“{name}”（表单里没有）', { name })), ...found.skipped.map((name) => t('“{name}”（不在表格里填）', { name }))]
  return (
    <div className="ls-note ls-note-info" role="status"><Icon name="file" /><div className="ls-grow">
      <p className="ls-note-title">{t('读到{n}行，还没有填入', { n: found.rows.length })}</p>
      {left.length > 0 && <p>{t('没有用到的列：{columns}', { columns: left.join(t('、')) })}</p>}
      <div className="ls-scroll ls-sheet-preview"><table className="ls-table">
        <thead><tr>{found.preview.headings.map((heading) => <th scope="col" key={heading}>{heading}</th>)}</tr></thead>
        <tbody>{found.preview.lines.map((line, index) => <tr key={index}>{line.map((cell, place) => <td key={place}>{cell}</td>)}</tr>)}</tbody></table></div>
      {found.rows.length > found.preview.lines.length && <p className="ls-quiet small">{t('上面是前{n}行。', { n: found.preview.lines.length })}</p>}
      <p className="d-flex gap-2 flex-wrap mt-2">
        {there > 0
          ? <><button type="button" className="btn btn-primary btn-sm" onClick={() => fill(false)}>{t('加在现有{n}行之后', { n: there })}</button>
            <button type="button" className="btn btn-quiet btn-sm" onClick={() => fill(true)}>{t('替换现有{n}行', { n: there })}</button></>
          : <button type="button" className="btn btn-primary btn-sm" onClick={() => fill(true)}>{t('填入{n}行', { n: found.rows.length })}</button>}
        <button type="button" className="btn btn-plain btn-sm" onClick={close}>{t('取消')}</button></p></div></div>
  )
}

/** The buttons of one table. path: of the table in the answers; columns: as `dress.columnsOf` tells them. */
export function Sheets({ path, title, columns, disabled, list }) {
  const { answers, tables, csrf, fillTable, unfilled } = useContext(Shared)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState(null)
  const [found, setFound] = useState(null)
  const pick = useRef(null)
  const said = useRef(null)
  useEffect(() => { if (refusal || found) said.current?.scrollIntoView({ block: 'nearest' }) }, [refusal, found])
  useEffect(() => {
    if (found) unfilled?.current.set(pointerOf(path), { title, n: found.rows.length })
    return () => unfilled?.current.delete(pointerOf(path))
  }, [found])
  if (!tables) return null

  const at = pointerOf(path)
  // The rows of a check table are those of its items: a sheet fills them in and adds none.
  const rows = list ? thinned(list, valueAt(answers, path)) : filledRows(valueAt(answers, path), columns)
  const close = () => { setRefusal(null); setFound(null) }
  const attempt = async (work) => {
    close()
    setBusy(true)
    try { await work() } catch { setRefusal(offline) }
    setBusy(false)
  }
  const chosen = (event) => {
    const file = event.target.files[0]
    event.target.value = ''
    if (!file) return
    attempt(async () => {
      const body = new FormData()
      body.append('at', at)
      body.append('file', file, file.name)
      const response = await ask(tables.read, csrf, body)
      if (response.ok) setFound(await response.json())
      else setRefusal(await refusalOf(response))
    })
  }
  const hand = (kind) => attempt(async () => {
    const response = await ask(tables.export, csrf, JSON.stringify({ at, rows, kind }), { 'Content-Type': 'application/json' })
    if (response.ok) save(await response.blob(), `${title}.${kind}`)
    else setRefusal(await refusalOf(response))
  })
  const merged = () => [...new Map([...rows, ...found.rows].map((row) => [row[list.key], row])).values()]
  const fill = (replace) => { fillTable(path, list ? merged() : replace ? found.rows : [...rows, ...found.rows]); close() }

  return (
    <>
      <div className="ls-sheet-bar">
        <a className="btn btn-quiet btn-sm" href={`${tables.template}?at=${encodeURIComponent(at)}`} download><Icon name="file" />{t('下载模板')}</a>
        <button type="button" className="btn btn-quiet btn-sm" disabled={busy || disabled} aria-busy={busy} onClick={() => pick.current.click()}>{busy ? <span className="ls-spin" /> : <Icon name="upload" />}{t('从Excel填入')}</button>
        {rows.length > 0 && <button type="button" className="btn btn-quiet btn-sm" disabled={busy} onClick={() => hand('xlsx')}><Icon name="download" />{t('导出Excel')}</button>}
        {rows.length > 0 && <button type="button" className="btn btn-plain btn-sm" disabled={busy} onClick={() => hand('csv')}>{t('导出CSV')}</button>}
        <input ref={pick} type="file" hidden accept=".xlsx,.csv" onChange={chosen} aria-label={t('从Excel填入')} />
      </div>
      <div ref={said}>
        {refusal && <Problems refusal={refusal} close={close} />}
        {found && <Preview found={found} there={list ? 0 : rows.length} fill={fill} close={close} />}
      </div>
    </>
  )
}
