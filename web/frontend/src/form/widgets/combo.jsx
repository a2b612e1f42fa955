// A choice among many: type to narrow, arrows to move, Enter to take. For long lists and for units.
import { useContext, useEffect, useRef, useState } from 'react'
import { t } from '../../i18n/index.js'
import { Shared } from '../shared.js'
import { aria, css } from './basic.jsx'

const SHOWN = 60

function Combo({ id, value, choices, readonly, disabled, rawErrors, schema, required, onChange, onBlur, placeholder }) {
  const chosen = choices.find((one) => one.value === value)
  const [written, setWritten] = useState(null) // null: not searching, show what is chosen
  const [active, setActive] = useState(0)
  const list = useRef(null)
  const wanted = (written ?? '').normalize('NFKC').toLowerCase().trim()
  const found = choices.filter((one) => !wanted || `${one.label} ${one.note ?? ''}`.toLowerCase().includes(wanted))
  const open = written !== null
  const take = (one) => { onChange(one?.value); setWritten(null) }
  useEffect(() => { list.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' }) }, [active, open])

  const key = (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) { setWritten(''); setActive(0) } else setActive((active + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % Math.max(found.length, 1))
    } else if (event.key === 'Enter' && open) {
      event.preventDefault()
      if (found[active]) take(found[active])
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation()
      setWritten(null)
    }
  }
  const leave = () => {
    if (open && wanted === '' && written !== '' && !required) onChange(undefined)
    setWritten(null)
    onBlur(id, value)
  }
  return (
    <div className="ls-combo">
      <input className={css('form-select', rawErrors)} id={id} name={id} role="combobox" aria-expanded={open} aria-controls={`${id}__list`} aria-autocomplete="list"
        aria-activedescendant={open && found[active] ? `${id}__option-${active}` : undefined} autoComplete="off" disabled={disabled || readonly}
        value={written ?? chosen?.label ?? (value ? String(value) : '')} placeholder={placeholder} onFocus={(event) => event.target.select()}
        onClick={() => { if (!open) { setWritten(''); setActive(0) } }} onChange={(event) => { setWritten(event.target.value); setActive(0) }} onKeyDown={key} onBlur={leave} {...aria(id, rawErrors, schema, required)} />
      {open && (
        <ul className="ls-combo-list" id={`${id}__list`} role="listbox" ref={list} aria-label={placeholder}>
          {found.slice(0, SHOWN).map((one, index) => (
            <li key={String(one.value)} id={`${id}__option-${index}`} role="option" aria-selected={one.value === value} data-active={index === active ? '' : undefined}
              onPointerDown={(event) => { event.preventDefault(); take(one) }}>{one.label}{one.note && <small>{one.note}</small>}</li>))}
          {found.length === 0 && <li className="ls-combo-none">{t('没有找到，换个词试试')}</li>}
          {found.length > SHOWN && <li className="ls-combo-none">{t('还有{n}项，请再写几个字', { n: found.length - SHOWN })}</li>}
        </ul>)}
    </div>
  )
}

export function LongSelect(props) {
  return <Combo {...props} choices={props.options.enumOptions ?? []} placeholder={t('点击选择，或输入查找')} />
}

export function UnitPicker(props) {
  const { units: all = [], unitsOf = {} } = useContext(Shared)
  const whose = unitsOf[props.schema['x-actor']]
  const units = whose ? all.filter((unit) => whose.includes(unit.id)) : all
  return <Combo {...props} choices={units.map((unit) => ({ value: unit.id, label: unit.name, note: unit.note }))} placeholder={t('输入单位名称查找')} />
}

export function MemberPicker(props) {
  const { members = [] } = useContext(Shared)
  return <Combo {...props} choices={members.map((member) => ({ value: member.id, label: member.name, note: member.note }))} placeholder={t('输入姓名查找')} />
}
