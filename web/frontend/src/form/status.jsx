// What the form says about itself: saved or not, written elsewhere, not yet right.
import { t, locale } from '../i18n/index.js'
import { Icon } from './icon.jsx'
import { idOf } from './places.js'

// In the tenant's zone, whatever the browser's is; with the day when that is not today.
function clock(at, zone) {
  const when = new Date(at)
  const time = when.toLocaleTimeString(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const day = when.toLocaleDateString('sv-SE', { timeZone: zone })
  return day === document.documentElement.dataset.today ? time : `${when.toLocaleDateString(locale, { timeZone: zone, month: 'short', day: 'numeric' })} ${time}`
}

export function Saved({ state, zone }) {
  const say = {
    idle: [t('内容会自动保存'), '', null],
    changed: [t('正在写…'), '', null],
    saving: [t('正在保存…'), '', null],
    saved: [state.at ? t('已保存 {time}', { time: clock(state.at, zone) }) : t('已保存'), 'ls-saved-ok', 'done'],
    retrying: [t('未保存，重试中；内容已留在本机'), 'ls-saved-bad', 'late'],
    signedout: [t('登录已过期，内容已留在本机'), 'ls-saved-bad', 'late'],
    refused: [`${state.what ?? t('没有保存')} ${state.do ?? ''}`, 'ls-saved-bad', 'late'],
    conflict: [t('另一处也改了这份草稿，请先选择'), 'ls-saved-bad', 'late'],
  }[state.kind]
  return (
    <span className={`ls-saved ${say[1]}`} role="status">{say[2] && <Icon name={say[2]} />}{say[0]}
      {state.kind === 'signedout' && <a href="/signin" target="_blank" rel="noopener">{t('重新登录')}</a>}</span>
  )
}

export function Conflict({ clash, settle, undo, close }) {
  if (clash.undo) {
    return (
      <div className="ls-note ls-note-info" role="status"><Icon name="done" /><div><p className="ls-note-title">{t('已换成另一处的内容')}</p>
        <p className="d-flex gap-2 flex-wrap"><button type="button" className="btn btn-quiet btn-sm" onClick={undo}>{t('换回我这里的')}</button><button type="button" className="btn btn-plain btn-sm" onClick={close}>{t('知道了')}</button></p></div></div>
    )
  }
  return (
    <div className="ls-note ls-note-warn" role="alert"><Icon name="late" /><div>
      <p className="ls-note-title">{t('这份草稿在另一处也改过')}</p>
      <p>{clash.by ? t('{by}在另一个窗口保存了新的内容。两份都还在，请选一份继续。', { by: clash.by }) : t('另一个窗口或设备保存了新的内容。两份都还在，请选一份继续。')}</p>
      <p className="d-flex gap-2 flex-wrap">
        <button type="button" className="btn btn-primary btn-sm" onClick={() => settle(true)}>{t('用我这里的')}</button>
        <button type="button" className="btn btn-quiet btn-sm" onClick={() => settle(false)}>{t('用另一处的')}</button></p></div></div>
  )
}

const rowAt = (path) => path.findIndex((part) => typeof part === 'number')

/** Bring a field into sight and put the cursor there; its table turns to the page of its row first. */
function go(event, path, pagers) {
  event.preventDefault()
  const row = rowAt(path)
  if (row > 0) pagers.current.get(idOf(path.slice(0, row)))?.(path[row])
  setTimeout(() => {
    const id = idOf(path)
    const field = document.getElementById(id) ?? document.querySelector(`[data-field="${CSS.escape(id)}"]`)
    if (!field) return
    field.scrollIntoView({ block: 'center' })
    const inside = field.matches('input, select, textarea') ? field : field.querySelector('input:not([hidden]), select, textarea, button') ?? field
    inside.focus({ preventScroll: true })
  }, 30)
}

function inPageOrder(one, other) {
  const [row, otherRow] = [rowAt(one.path), rowAt(other.path)]
  const sameTable = row > 0 && row === otherRow && idOf(one.path.slice(0, row)) === idOf(other.path.slice(0, row))
  if (sameTable && one.path[row] !== other.path[row]) return one.path[row] - other.path[row]
  // A row on another page of its table is not there: its table stands for it.
  const [first, second] = [one, other].map(({ path }) => document.getElementById(idOf(path)) ?? document.getElementById(idOf(path.slice(0, Math.max(1, rowAt(path))))))
  if (!first || !second || first === second) return 0
  return first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1
}

// So many are listed; nobody reads more before correcting some.
const LISTED = 50

export function Summary({ box, shown, notice, pagers }) {
  if (!shown.length && !notice) return null
  return (
    <div className="ls-note ls-note-bad ls-summary" role="alert" tabIndex={-1} ref={box}><Icon name="late" /><div>
      <p className="ls-note-title">{notice?.what ?? t(shown.length === 1 ? '还有一处需要修改' : '还有{n}处需要修改', { n: shown.length })}</p>
      {notice?.do && <p>{notice.do}{notice.next && <> <a href={notice.next}>{t('打开')}</a></>}</p>}
      {shown.length > 0 && <ul>{[...shown].sort(inPageOrder).slice(0, LISTED).map(({ path, what }) => <li key={idOf(path)}><a href={`#${idOf(path)}`} onClick={(event) => go(event, path, pagers)}>{what}</a></li>)}</ul>}
    </div></div>
  )
}
