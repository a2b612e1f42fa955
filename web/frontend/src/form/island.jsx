// The form of a task: writes a draft as one types, checks before sending, and puts what the server says beside the fields.
import { useEffect, useMemo, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import Form from '@rjsf/core/lib/components/Form.js'
import { t } from '../i18n/index.js'
import { Checklist } from './checklist/checklist.jsx'
import { handedIn, laidOut, prepared, sent } from './checklist/rows.js'
import { computed } from './compute.js'
import { Draft } from './draft.js'
import { dress } from './dress.js'
import { idOf, pathOf, valueAt, withValue } from './places.js'
import { Shared } from './shared.js'
import { Conflict, Saved, Summary } from './status.jsx'
import { templates } from './templates.jsx'
import { problems, validator } from './validator.js'
import { warnings, warns } from './warn.js'
import { STANDARD, WIDGETS } from './widgets/index.js'

const widgets = { ...STANDARD, ...WIDGETS }
const fields = { checklist: Checklist }

const NONE = new Map()

/** A table that needs a row starts with one. A file, a unit, a choice, a yes or no that is needed is not there before somebody gives it. */
const DEFAULTS = { requiredBooleanDefault: 'skip', arrayMinItems: { computeSkipPopulate: (_validator, schema) => schema?.items?.type === 'string' } }

/** Warnings by the id of the field that they stand beside. */
function byPlace(found) {
  const placed = new Map()
  for (const one of found) placed.set(idOf(one.path), [...(placed.get(idOf(one.path)) ?? []), one])
  return placed
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)

function errorTree(found) {
  const tree = {}
  for (const { path, what, short = what, do: remedy } of found) {
    let at = tree
    for (const part of path) at = at[part] ??= {}
    at.__errors = [...(at.__errors ?? []), remedy ? `${short} ${remedy}` : short]
  }
  return tree
}

const listsOf = (props) => Object.fromEntries(Object.entries(props.checklists ?? {}).filter(([, list]) => list).map(([name, list]) => [name, prepared(list)]))

/** Answers with every row of their check tables. */
const laid = (answers, lists) => Object.entries(lists).reduce((found, [name, list]) => ({ ...found, [name]: laidOut(list, found[name]) }), answers)

/** The form without its check tables, which hold their rows themselves: @rjsf would go through all of them at every key. */
function lean(schema) {
  const properties = Object.entries(schema.properties ?? {}).map(([name, sub]) => [name, sub?.['x-table'] ? { type: 'array', title: sub.title, description: sub.description, 'x-table': sub['x-table'], items: {} } : sub])
  return { ...schema, properties: Object.fromEntries(properties) }
}

/** What is handed in of the answers, and what is wrong with it, by places in the form: rows of a sample are fewer than its items. */
function judged(schema, answers, lists) {
  const handed = { ...answers }
  const places = {}
  for (const [name, list] of Object.entries(lists)) ({ rows: handed[name], places: places[name] } = handedIn(list, answers[name]))
  const placed = (path) => (places[path[0]] && path.length > 1 ? [path[0], places[path[0]][path[1]] ?? path[1], ...path.slice(2)] : path)
  return { handed, placed, found: problems(schema, handed).map((problem) => ({ ...problem, path: placed(problem.path) })) }
}

const without = (answers, names) => Object.fromEntries(Object.entries(answers).filter(([name]) => !names.includes(name)))

/** What this device still holds from an interrupted visit, set against what the server sent with the page. */
function opening(props, draft, lists) {
  const found = left(props, draft)
  return { ...found, answers: laid(found.answers, lists), clash: found.clash?.answers ? { ...found.clash, answers: laid(found.clash.answers, lists) } : found.clash }
}

function left(props, draft) {
  if (props.readonly) return { answers: props.answers ?? {} }
  const aside = draft.aside()
  if (aside) return aside.mine ? { answers: aside.answers, resume: true } : { answers: props.answers ?? {}, clash: { undo: aside.answers } }
  const kept = draft.left()
  const given = props.answers ?? {}
  if (!kept || same(kept.answers, given)) return { answers: given }
  if (kept.base === props.draftRevision) return { answers: kept.answers, resume: true }
  return { answers: kept.answers, clash: { answers: given, revision: props.draftRevision } }
}

async function post(props, answers, revision) {
  const response = await fetch(props.submitUrl, {
    method: 'POST', credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': props.csrf, 'Idempotency-Key': props.idempotencyKey },
    body: JSON.stringify({ answers, version: props.taskVersion, form_version: props.formVersion, key: props.idempotencyKey, draft_revision: revision }),
  })
  return { status: response.status, ok: response.ok, body: await response.json().catch(() => ({})) }
}

function App({ props }) {
  const { schema } = props
  const [lists] = useState(() => listsOf(props))
  const listed = useMemo(() => Object.entries(schema.properties ?? {}).filter(([, sub]) => sub?.['x-table']).map(([name]) => name), [schema])
  const shape = useMemo(() => (listed.length ? lean(schema) : schema), [schema])
  const uiSchema = useMemo(() => dress(shape, props.ui ?? {}), [shape])
  const [state, setState] = useState(props.savedAt ? { kind: 'saved', at: props.savedAt } : { kind: 'idle' })
  const [draft] = useState(() => new Draft({ url: props.draftUrl, csrf: props.csrf, changesUrl: props.changesUrl, revision: props.draftRevision, owner: props.owner, lists, saved: laid(props.answers ?? {}, lists) }, setState))
  const [start] = useState(() => opening(props, draft, lists))
  const [answers, setAnswers] = useState(() => computed(schema, { ...start.answers, ...props.fixed }, props.names))
  const [clash, setClash] = useState(start.clash ?? null)
  const [files, setFiles] = useState(props.files ?? {})
  const [touched, setTouched] = useState(new Set())
  const [poured, setPoured] = useState([]) // tables that were filled from a sheet: what their cells still lack shows at once
  const pagers = useRef(new Map())
  const readList = useRef(new Map()) // field of a check table -> its rows as they stand at this moment
  const newest = useRef(answers)
  newest.current = answers
  const unfilled = useRef(new Map())
  const [tried, setTried] = useState(false)
  const [said, setSaid] = useState([]) // the server's problems, each with the value it was about
  const [sending, setSending] = useState(false)
  const [notice, setNotice] = useState(null)
  const summary = useRef(null)
  const acted = useRef(false) // a form fills in its defaults by itself; only what somebody did is worth keeping
  const act = () => { acted.current = true }

  useEffect(() => { if (start.resume) draft.changed(answers) }, [])
  useEffect(() => { if (state.kind === 'conflict') setClash({ answers: state.theirs.answers, revision: state.theirs.revision, by: state.theirs.by, at: state.theirs.saved_at }) }, [state])

  const found = useMemo(() => (tried ? judged(schema, answers, lists).found : touched.size || poured.length ? problems(shape, without(answers, listed)) : []), [schema, answers, tried, touched, poured])
  const standing = said.filter((problem) => same(problem.value, valueAt(answers, problem.path)))
  const shown = [...standing, ...found.filter(({ path }) => (tried || touched.has(idOf(path)) || poured.some((table) => same(table, path.slice(0, table.length)))) && !standing.some((problem) => same(problem.path, path)))]
  const extraErrors = useMemo(() => errorTree(shown), [JSON.stringify(shown)])

  const soft = useMemo(() => warns(schema), [schema])
  const warned = useMemo(() => (soft ? byPlace(warnings(schema, answers, props.names?.today)) : NONE), [soft, schema, answers])

  /** The answers with the rows of the check tables as they stand, told or not. */
  const whole = (given) => listed.reduce((found, name) => (lists[name] ? { ...found, [name]: readList.current.get(name)?.() ?? newest.current[name] } : found), given)
  const change = ({ formData }) => {
    const next = computed(schema, whole({ ...formData }), props.names)
    setNotice(null)
    setAnswers(next)
    if (acted.current && !same(without(next, listed), without(answers, listed))) draft.changed(next)
  }
  const writeList = useMemo(() => (name, rows) => {
    const next = computed(schema, { ...newest.current, [name]: rows }, props.names)
    newest.current = next
    setNotice(null)
    setAnswers(next)
    draft.changed(next)
  }, [])
  const settle = (mine) => {
    const other = clash
    if (mine ? other.revision === undefined : !other.answers) {
      // The server says that there is another draft, not which or what is in it: the page fetches it anew.
      draft.setAside(answers, mine)
      location.reload()
      return
    }
    setClash(mine ? null : { undo: answers, revision: other.revision })
    if (!mine) setAnswers(computed(schema, other.answers, props.names))
    draft.settle(answers, other.revision, mine)
    if (!mine) draft.forget()
  }
  const undo = () => { setAnswers(clash.undo); setClash(null); draft.changed(clash.undo) }
  const toSummary = () => setTimeout(() => summary.current?.focus(), 30)

  const submit = async () => {
    if (sending) return
    const [waiting] = unfilled.current.values()
    if (waiting) { // handed in now, they would be missing, and nobody would notice
      setNotice({ what: t('“{table}”从表格读到{n}行，还没有填入', { table: waiting.title, n: waiting.n }), do: t('请在下面确认填入；不要的，请点“取消”。') })
      return toSummary()
    }
    setNotice(null)
    setTried(true)
    const filled = whole(answers)
    const { handed, placed, found } = judged(schema, filled, lists)
    if (found.length) return toSummary()
    setSending(true)
    try {
      const { ok, status, body } = await post(props, { ...handed, ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, sent(list, handed[name])])) }, draft.revision)
      if (ok) {
        draft.stop()
        draft.forget()
        location.assign(body.next)
        return // stays disabled until the next page is here
      }
      if (status === 422) setSaid((body.problems ?? []).map((problem) => ({ ...problem, path: placed(pathOf(problem.where)) })).map((problem) => ({ ...problem, value: valueAt(filled, problem.path) })))
      setNotice({ what: body.what ?? t('没有提交成功'), do: status === 401 ? t('登录已过期。请在新窗口登录后回到本页再提交，已填内容都在。') : (body.do ?? t('请稍后再试。')), next: body.next })
      toSummary()
    } catch {
      setNotice({ what: t('网络断开，没有收到答复'), do: t('内容都在。网络恢复后可以再次提交，不会重复。') })
      toSummary()
    }
    setSending(false)
  }

  const fillTable = (path, rows) => {
    const list = lists[path[0]]
    const next = computed(schema, withValue(whole(answers), path, list ? laidOut(list, rows) : rows), props.names)
    setNotice(null)
    setAnswers(next)
    setPoured((now) => [...now, path])
    pagers.current.get(idOf(path))?.(0)
    draft.changed(next)
  }

  const shared = { answers, units: props.units ?? [], unitsOf: props.unitsOf ?? {}, members: props.members ?? [], files, addFile: (file) => setFiles((now) => ({ ...now, [file.id]: file })), uploadUrl: props.readonly ? '' : props.uploadUrl, csrf: props.csrf, tables: props.tables, fillTable, pagers, unfilled,
    root: schema, lists, readList, writeList, listErrors: extraErrors, warned, locked: Boolean(props.readonly) || sending, sheets: Boolean(props.tables) }
  return (
    <Shared.Provider value={shared}><div onInputCapture={act} onClickCapture={act} onKeyDownCapture={act}>
      {clash && <Conflict clash={clash} settle={settle} undo={undo} close={() => setClash(null)} />}
      {(tried || notice) && <Summary box={summary} shown={shown} notice={notice} pagers={pagers} />}
      <Form schema={shape} uiSchema={uiSchema} formData={listed.length ? without(answers, listed) : answers} validator={validator} widgets={widgets} fields={fields} templates={templates} noValidate noHtml5Validate showErrorList={false} experimental_defaultFormStateBehavior={DEFAULTS}
        extraErrors={extraErrors} onChange={change} onSubmit={submit} onBlur={(id) => setTouched((now) => (now.has(id) ? now : new Set(now).add(id)))}
        readonly={props.readonly} disabled={sending} idPrefix="root" autoComplete="off">
        {props.readonly ? <></> : (
          <div className="ls-formbar">
            <Saved state={state} zone={props.zone} />
            <button type="submit" className="btn btn-primary" disabled={sending} aria-busy={sending}>{sending ? <><span className="ls-spin" />{t('正在提交…')}</> : (props.submitLabel ?? t('提交'))}</button>
          </div>)}
      </Form>
    </div></Shared.Provider>
  )
}

/** props: see web/templates/task.html. */
export function mount(place, props) {
  createRoot(place).render(<App props={props} />)
}
