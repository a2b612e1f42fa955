// Several of an open list: what is usual is there to be ticked, anything else is written and added.
import { useState } from 'react'
import { t } from '../../i18n/index.js'
import { Icon } from '../icon.jsx'
import { aria, css } from './basic.jsx'

export function OpenChips({ id, value, schema, readonly, disabled, rawErrors, required, onChange, onBlur }) {
  const [written, setWritten] = useState('')
  const chosen = Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one) : []
  const offered = schema.items?.examples ?? schema.examples ?? []
  const locked = readonly || disabled
  const set = (next) => onChange(next.length ? next : undefined)
  const turn = (one, on) => set(on ? [...chosen, one] : chosen.filter((other) => other !== one))
  const add = () => {
    const words = written.split(/[、，,;；\n]/).map((one) => one.trim()).filter((one) => one && !chosen.includes(one))
    if (words.length) set([...chosen, ...words])
    setWritten('')
  }
  return (
    <div id={id} tabIndex={-1} role="group" aria-labelledby={`${id}__label`} {...aria(id, rawErrors, schema, required)}>
      <div className="ls-chips">
        {[...offered, ...chosen.filter((one) => !offered.includes(one))].map((one, index) => (
          <label className="ls-chip" key={one}><input type="checkbox" id={`${id}-${index}`} checked={chosen.includes(one)} disabled={locked} onChange={(event) => turn(one, event.target.checked)} onBlur={() => onBlur(id)} /><span>{one}</span></label>))}
      </div>
      {!locked && (
        <div className="ls-chips-add">
          <input className={css('form-control', rawErrors)} id={`${id}__add`} value={written} maxLength={schema.items?.maxLength} placeholder={t('其他，写好后按回车')} aria-label={t('增加一项')} onChange={(event) => setWritten(event.target.value)}
            onKeyDown={(event) => { if (event.key === 'Enter') { event.preventDefault(); add() } }} onBlur={add} />
          <button type="button" className="btn btn-quiet" onClick={add}><Icon name="plus" />{t('增加一项')}</button>
        </div>)}
    </div>
  )
}
