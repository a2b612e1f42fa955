// A check table of some hundred items: one area at a time, or those that are not filled, or those of one result. A keystroke
// draws one row; the form around it is told a moment later.
import { useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { t } from '../../i18n/index.js'
import { Icon } from '../icon.jsx'
import { follow, idOf } from '../places.js'
import { Shared } from '../shared.js'
import { Sheets } from '../sheets.jsx'
import { Row } from './row.jsx'
import { isFilled, Rows } from './rows.js'

const TELL_MS = 250

/** The field by whose choices rows are counted and filtered: the first with choices. */
function judged(items, root) {
  const here = follow(items, root)
  const found = Object.entries(here.properties ?? {}).find(([, sub]) => follow(sub, root).enum)
  return found ? { name: found[0], sub: follow(found[1], root) } : null
}

function Counts({ store, judge, view, look, wrong }) {
  const { by } = useSyncExternalStore((hear) => store.watch(hear), () => store.counts)
  const named = judge ? judge.sub.enum.map((value) => [value, judge.sub['x-labels']?.[value] ?? value]) : []
  const chips = [['all', t('全部'), store.rows.length], ['none', t('未填'), by.get('') ?? 0], ...named.map(([value, label]) => [`=${value}`, label, by.get(value) ?? 0])]
  if (wrong) chips.push(['wrong', t('需改正'), wrong])
  return (
    <div className="ls-list-filter" role="group" aria-label={t('只看')}>
      {chips.map(([key, label, n]) => <button type="button" key={key} className="btn btn-quiet btn-sm" aria-pressed={view.only === key} onClick={() => look({ only: key })}>{label} <b>{n}</b></button>)}
    </div>
  )
}

function Areas({ store, view, look }) {
  const { areas } = useSyncExternalStore((hear) => store.watch(hear), () => store.counts)
  const names = [...areas.keys()]
  const at = names.indexOf(view.area)
  return (
    <div className="ls-list-areas">
      <button type="button" className="btn btn-quiet btn-sm" disabled={at <= 0} onClick={() => look({ area: names[at - 1] })} aria-label={t('上一分区')}><Icon name="back" /></button>
      <select className="form-select" aria-label={t('分区')} value={view.area} onChange={(event) => look({ area: event.target.value })}>
        {names.map((name) => <option key={name} value={name}>{t('{area}（{done}/{all}）', { area: name, done: areas.get(name)[0], all: areas.get(name)[1] })}</option>)}
      </select>
      <button type="button" className="btn btn-quiet btn-sm" disabled={at === names.length - 1} onClick={() => look({ area: names[at + 1] })} aria-label={t('下一分区')}><Icon name="next" /></button>
    </div>
  )
}

/** The places of the rows that a view shows. It is taken when the view changes, so that no row vanishes while one writes in it. */
function placesOf(store, view, judge, errors) {
  const { list, rows } = store
  const words = view.words.trim().toLowerCase()
  const wanted = (index) => {
    const value = judge ? rows[index][judge.name] ?? '' : (isFilled(list, rows[index]) ? '1' : '')
    if (view.only === 'none' && value !== '') return false
    if (view.only === 'wrong' && !errors?.[index]) return false
    if (view.only[0] === '=' && value !== view.only.slice(1)) return false
    if (words) return list.items[index].some((text) => text.toLowerCase().includes(words))
    return view.only !== 'all' || list.said(index, list.area) === view.area
  }
  return list.keys.map((_, index) => index).filter(wanted)
}

/** A field with `x-table`. Its rows live in a store of their own; `Shared.writeList` is told of them when one pauses. */
export function Checklist({ fieldPathId, schema, required }) {
  const { lists, root, answers, readList, writeList, pagers, listErrors, uploadUrl, locked, sheets } = useContext(Shared)
  const name = fieldPathId.path[0]
  const list = lists[name]
  const whole = root.properties[name]
  const errors = listErrors[name]
  if (!list) {
    return (
      <fieldset className="ls-form-table" id={fieldPathId.$id} tabIndex={-1}><legend>{schema.title ?? name}{required ? <span className="ls-required" aria-hidden="true">*</span> : null}</legend>
        <div className="ls-rows-none">{t('检查表还没有下发。下发后刷新本页即可填写，已填的其他内容会保留。')}</div></fieldset>
    )
  }
  return <Items {...{ name, list, whole, root, rows: answers[name], readList, writeList, pagers, errors, locked: locked || !uploadUrl, id: fieldPathId.$id, title: schema.title ?? name, help: schema.description, sheets }} />
}

function Items({ name, list, whole, root, rows, readList, writeList, pagers, errors, locked, id, title, help, sheets }) {
  const judge = useMemo(() => judged(whole.items, root), [whole])
  const [store] = useState(() => new Rows(list, rows, judge?.name))
  const [view, setView] = useState({ area: list.items.length ? list.said(0, list.area) : '', only: 'all', words: '' })
  const told = useRef(rows)
  const timer = useRef(null)
  const box = useRef(null)

  const tell = useMemo(() => () => {
    clearTimeout(timer.current)
    if (store.rows === told.current) return
    told.current = store.rows
    writeList(name, store.rows)
  }, [store])
  const change = useMemo(() => (index, field, value) => {
    const row = { ...store.rows[index], [field]: value }
    if (value === undefined) delete row[field]
    store.set(index, row)
    clearTimeout(timer.current)
    timer.current = setTimeout(tell, TELL_MS)
  }, [store])
  useEffect(() => { if (rows !== told.current) { told.current = rows; store.take(rows) } }, [rows])
  useEffect(() => {
    readList.current.set(name, () => { tell(); return store.rows })
    pagers.current.set(idOf([name]), (row) => setView({ area: list.said(row, list.area), only: 'all', words: '' }))
    addEventListener('pagehide', tell, true)
    return () => { readList.current.delete(name); pagers.current.delete(idOf([name])); removeEventListener('pagehide', tell, true); tell() }
  }, [store])

  const look = (change) => {
    setView((now) => ({ ...now, ...(change.area !== undefined ? { only: 'all', words: '' } : {}), ...change }))
    if (change.area !== undefined) box.current?.scrollIntoView({ block: 'start' })
  }
  const wrong = errors ? Object.keys(errors).filter((key) => key !== '__errors').length : 0
  const places = useMemo(() => placesOf(store, view, judge, errors), [store, view])
  const areas = [...store.counts.areas.keys()]
  const next = areas[areas.indexOf(view.area) + 1]
  let area = null
  return (
    <fieldset className="ls-form-table ls-list" id={id} tabIndex={-1} ref={box}>
      <legend>{title} <span className="ls-faint small fw-normal">{[list.variant, t('版本{version}', { version: list.version }), t('{areas}个分区{items}项', { areas: areas.length, items: list.items.length })].filter(Boolean).join(' · ')}</span></legend>
      {help && <p className="ls-form-help">{help}</p>}
      {list.partial && <p className="ls-form-help">{t('抽查：只填查过的项，没有填的项不报送。')}</p>}
      {sheets && !locked && <Sheets path={[name]} title={title} columns={[]} list={list} />}
      <div className="ls-list-bar">
        <Counts {...{ store, judge, view, look, wrong }} />
        <input className="form-control" type="search" value={view.words} placeholder={t('查找编号或内容')} aria-label={t('查找编号或内容')} onChange={(event) => look({ words: event.target.value })} />
        {view.only === 'all' && !view.words && areas.length > 1 && <Areas {...{ store, view, look }} />}
      </div>
      {places.length === 0 && <div className="ls-rows-none">{t('没有这样的项')}</div>}
      <div className="ls-items">
        {places.map((index) => {
          const head = list.said(index, list.area) !== area
          area = list.said(index, list.area)
          return [head && <h3 className="ls-item-area" key={`area-${index}`}>{area}</h3>,
            <Row key={index} store={store} index={index} items={whole.items} root={root} id={idOf([name, index])} errors={errors?.[index]} locked={locked} change={change} />]
        })}
      </div>
      {view.only === 'all' && !view.words && next && <button type="button" className="btn btn-quiet" onClick={() => look({ area: next })}>{t('下一分区：{area}', { area: next })}<Icon name="next" /></button>}
    </fieldset>
  )
}
