// Day, month and moment. The calendar itself is the page's own (page/date.js): the same in forms and elsewhere.
import { useEffect, useRef, useState } from 'react'
import { attachDate } from '../../page/date.js'
import { readDay, readMonth } from '../../page/dates.js'
import { t } from '../../i18n/index.js'
import { aria, css } from './basic.jsx'

const here = () => document.documentElement.dataset.today || new Date().toISOString().slice(0, 10)

function Dated({ id, value, months, readonly, disabled, rawErrors, schema, required, onChange, onBlur }) {
  const input = useRef(null)
  const told = useRef(onChange)
  told.current = onChange
  const read = months ? readMonth : readDay
  useEffect(() => {
    const field = input.current
    attachDate(field, { months })
    const change = () => {
      const written = field.value.trim()
      // What cannot be read stays as written, so that the rule can say what is wrong with it.
      told.current(written === '' ? undefined : (read(written, here()) ?? written))
    }
    field.addEventListener('change', change)
    return () => field.removeEventListener('change', change)
  }, [])
  useEffect(() => { if (input.current.value !== (value ?? '')) input.current.value = value ?? '' }, [value])
  return (
    <span className="ls-date">
      <input ref={input} className={css('form-control', rawErrors)} id={id} name={id} defaultValue={value ?? ''} data-date={months ? 'month' : 'day'} inputMode="numeric" autoComplete="off"
        placeholder={months ? t('年-月') : t('年-月-日')} readOnly={readonly} disabled={disabled} onBlur={() => onBlur(id, value)} {...aria(id, rawErrors, schema, required)} />
    </span>
  )
}

export const Day = (props) => <Dated {...props} months={false} />
export const Month = (props) => <Dated {...props} months />

/** A day and a time of day; the value is an RFC 3339 moment in the tenant's offset (options.offset, by default +08:00). */
export function Moment(props) {
  const { id, value, onChange, onBlur, readonly, disabled, rawErrors, schema, required, options } = props
  const offset = options.offset ?? '+08:00'
  const [date, setDate] = useState(value?.slice(0, 10))
  const [time, setTime] = useState(value?.slice(11, 16) ?? '')
  useEffect(() => { if (value) { setDate(value.slice(0, 10)); setTime(value.slice(11, 16)) } }, [value])
  const tell = (nextDate, nextTime) => {
    const plain = nextTime.normalize('NFKC').replace(/[^\d:]/g, '')
    const found = /^(\d{1,2}):?(\d{2})$/.exec(plain)
    if (!nextDate && !nextTime) onChange(undefined)
    else if (nextDate && found && Number(found[1]) < 24 && Number(found[2]) < 60) onChange(`${nextDate}T${found[1].padStart(2, '0')}:${found[2]}:00${offset}`)
    else onChange(`${nextDate ?? ''} ${nextTime}`.trim())
  }
  return (
    <span className="d-flex gap-2">
      <span className="flex-grow-1"><Dated id={id} value={date} months={false} {...{ readonly, disabled, rawErrors, schema, required, onBlur }} onChange={(next) => { setDate(next); tell(next, time) }} /></span>
      <input className={css('form-control w-auto', rawErrors)} size={6} value={time} inputMode="numeric" placeholder="08:30" aria-label={t('时间')} readOnly={readonly} disabled={disabled}
        onChange={(event) => setTime(event.target.value)} onBlur={() => { tell(date, time); onBlur(id, value) }} />
    </span>
  )
}
