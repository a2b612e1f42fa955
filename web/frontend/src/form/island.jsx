// The form of a task: writes a draft as one types, checks before sending, and puts what the server says beside the fields.
import { useEffect, useMemo, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import Form from '@rjsf/core/lib/components/Form.js'
import { t } from '../i18n/index.js'
import { computed } from './compute.js'
import { Draft } from './draft.js'
import { dress } from './dress.js'
import { idOf, pathOf, valueAt, withValue } from './places.js'
import { Shared } from './shared.js'
import { Conflict, Saved, Summary } from './status.jsx'
import { templates } from './templates.jsx'
import { problems, validator } from './validator.js'
import { Area, Checkboxes, Open, Radio, Select, Text, YesNo } from './widgets/basic.jsx'
import { LongSelect, MemberPicker, UnitPicker } from './widgets/combo.jsx'
import { Day, Moment, Month } from './widgets/date.jsx'
import { ManyFiles, OneFile } from './widgets/files.jsx'

const widgets = {
  TextWidget: Text, EmailWidget: Text, URLWidget: Text, UpDownWidget: Text, TextareaWidget: Area, SelectWidget: Select, RadioWidget: Radio, CheckboxWidget: YesNo,
  CheckboxesWidget: Checkboxes, DateWidget: Day, DateTimeWidget: Moment, yesno: YesNo, open: Open, combo: LongSelect, unit: UnitPicker, member: MemberPicker, day: Day, month: Month, moment: Moment,
  attachment: OneFile, attachments: ManyFiles, signature: Text,
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

/** What this device still holds from an interrupted visit, set against what the server sent with the page. */
function opening(props, draft) {
  if (props.readonly) return { answers: props.answers ?? {} }
  const aside = draft.aside()
  if (aside) return aside.mine ? { answers: aside.answers, resume: true } : { answers: props.answers ?? {}, clash: { undo: aside.answers } }
  const left = draft.left()
  const given = props.answers ?? {}
  if (!left || same(left.answers, given)) return { answers: given }
  if (left.base === props.draftRevision) return { answers: left.answers, resume: true }
  return { answers: left.answers, clash: { answers: given, revision: props.draftRevision } }
}

async function post(props, answers, revision) {
  const response = await fetch(props.submitUrl, {
    method: 'POST', credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': props.csrf, 'Idempotency-Key': props.idempotencyKey },
    body: JSON.stringify({ answers, version: props.taskVersion, key: props.idempotencyKey, draft_revision: revision }),
  })
  return { status: response.status, ok: response.ok, body: await response.json().catch(() => ({})) }
}

function App({ props }) {
  const { schema } = props
  const uiSchema = useMemo(() => dress(schema, props.ui ?? {}), [schema])
  const [state, setState] = useState(props.savedAt ? { kind: 'saved', at: props.savedAt } : { kind: 'idle' })
  const [draft] = useState(() => new Draft({ url: props.draftUrl, csrf: props.csrf, revision: props.draftRevision, owner: props.owner }, setState))
  const [start] = useState(() => opening(props, draft))
  const [answers, setAnswers] = useState(() => computed(schema, start.answers, props.names))
  const [clash, setClash] = useState(start.clash ?? null)
  const [files, setFiles] = useState(props.files ?? {})
  const [touched, setTouched] = useState(new Set())
  const [poured, setPoured] = useState([]) // tables that were filled from a sheet: what their cells still lack shows at once
  const pagers = useRef(new Map())
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

  const found = useMemo(() => (tried || touched.size || poured.length ? problems(schema, answers) : []), [schema, answers, tried, touched, poured])
  const standing = said.filter((problem) => same(problem.value, valueAt(answers, problem.path)))
  const shown = [...standing, ...found.filter(({ path }) => (tried || touched.has(idOf(path)) || poured.some((table) => same(table, path.slice(0, table.length)))) && !standing.some((problem) => same(problem.path, path)))]
  const extraErrors = useMemo(() => errorTree(shown), [JSON.stringify(shown)])

  const change = ({ formData }) => {
    const next = computed(schema, formData ?? {}, props.names)
    setNotice(null)
    setAnswers(next)
    if (acted.current && !same(next, answers)) draft.changed(next)
  }
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
    if (problems(schema, answers).length) return toSummary()
    setSending(true)
    try {
      const { ok, status, body } = await post(props, answers, draft.revision)
      if (ok) {
        draft.stop()
        draft.forget()
        location.assign(body.next)
        return // stays disabled until the next page is here
      }
      if (status === 422) setSaid((body.problems ?? []).map((problem) => ({ ...problem, path: pathOf(problem.where), value: valueAt(answers, pathOf(problem.where)) })))
      setNotice({ what: body.what ?? t('没有提交成功'), do: status === 401 ? t('登录已过期。请在新窗口登录后回到本页再提交，已填内容都在。') : (body.do ?? t('请稍后再试。')), next: body.next })
      toSummary()
    } catch {
      setNotice({ what: t('网络断开，没有收到答复'), do: t('内容都在。网络恢复后可以再次提交，不会重复。') })
      toSummary()
    }
    setSending(false)
  }

  const fillTable = (path, rows) => {
    const next = computed(schema, withValue(answers, path, rows), props.names)
    setNotice(null)
    setAnswers(next)
    setPoured((now) => [...now, path])
    pagers.current.get(idOf(path))?.(0)
    draft.changed(next)
  }

  const shared = { answers, units: props.units ?? [], members: props.members ?? [], files, addFile: (file) => setFiles((now) => ({ ...now, [file.id]: file })), uploadUrl: props.readonly ? '' : props.uploadUrl, csrf: props.csrf, tables: props.tables, fillTable, pagers, unfilled }
  return (
    <Shared.Provider value={shared}><div onInputCapture={act} onClickCapture={act} onKeyDownCapture={act}>
      {clash && <Conflict clash={clash} settle={settle} undo={undo} close={() => setClash(null)} />}
      {(tried || notice) && <Summary box={summary} shown={shown} notice={notice} pagers={pagers} />}
      <Form schema={schema} uiSchema={uiSchema} formData={answers} validator={validator} widgets={widgets} templates={templates} noValidate noHtml5Validate showErrorList={false}
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
