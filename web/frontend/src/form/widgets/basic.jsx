// Text, numbers and choices.
import { useEffect, useRef } from 'react'
import { enumOptionsValueForIndex } from '@rjsf/utils'
import { t } from '../../i18n/index.js'

export function aria(id, rawErrors, schema, required) {
  const said = [schema?.description && `${id}__description`, rawErrors?.length && `${id}__error`, schema?.['x-warn'] !== undefined && `${id}__warning`].filter(Boolean).join(' ')
  return { 'aria-invalid': rawErrors?.length ? true : undefined, 'aria-describedby': said || undefined, 'aria-required': required || undefined }
}

export const css = (base, rawErrors) => `${base}${rawErrors?.length ? ' is-invalid' : ''}`

// Full-width digits and thousands separators are what Chinese keyboards and pasted tables bring.
const asNumberText = (written) => written.normalize('NFKC').replace(/[,，\s]/g, '').replace(/。/g, '.')

export function Text({ id, value, schema, required, readonly, disabled, rawErrors, placeholder, onChange, onBlur, options }) {
  const number = schema.type === 'number' || schema.type === 'integer'
  const change = (event) => {
    const written = number ? asNumberText(event.target.value) : event.target.value
    onChange(written === '' ? options.emptyValue : written)
  }
  const input = (
    <input className={css('form-control', rawErrors)} id={id} name={id} value={value ?? ''} inputMode={number ? (schema.type === 'integer' ? 'numeric' : 'decimal') : schema.format === 'year' ? 'numeric' : undefined}
      readOnly={readonly} disabled={disabled} placeholder={placeholder || undefined} autoComplete={schema.format === 'signature' ? 'name' : 'off'}
      maxLength={schema.maxLength} onChange={change} onBlur={() => onBlur(id, value)} {...aria(id, rawErrors, schema, required)} />
  )
  return schema['x-unit'] ? <div className="ls-input-unit">{input}<span>{schema['x-unit']}</span></div> : input
}

export function Area({ id, value, schema, required, readonly, disabled, rawErrors, placeholder, onChange, onBlur, options }) {
  const box = useRef(null)
  useEffect(() => {
    // Grows with what is written; where the browser does it by itself (field-sizing) this changes nothing.
    const area = box.current
    area.style.height = 'auto'
    if (area.scrollHeight) area.style.height = `${Math.min(area.scrollHeight + 2, 480)}px`
  }, [value])
  return (
    <textarea ref={box} className={css('form-control', rawErrors)} id={id} name={id} rows={3} value={value ?? ''} readOnly={readonly} disabled={disabled}
      placeholder={placeholder || undefined} maxLength={schema.maxLength} onBlur={() => onBlur(id, value)}
      onChange={(event) => onChange(event.target.value === '' ? options.emptyValue : event.target.value)} {...aria(id, rawErrors, schema, required)} />
  )
}

export function Select({ id, value, schema, required, readonly, disabled, rawErrors, onChange, onBlur, options }) {
  const choices = options.enumOptions ?? []
  const at = choices.findIndex((one) => one.value === value)
  return (
    <select className={css('form-select', rawErrors)} id={id} name={id} value={at < 0 ? '' : at} disabled={disabled || readonly} onBlur={() => onBlur(id, value)}
      onChange={(event) => onChange(enumOptionsValueForIndex(event.target.value, choices, options.emptyValue))} {...aria(id, rawErrors, schema, required)}>
      <option value="">{t('请选择')}</option>
      {choices.map((one, index) => <option key={one.label} value={index}>{one.label}</option>)}
    </select>
  )
}

function Chips({ id, kind, choices, isOn, pick, locked, rawErrors, schema, required, onBlur }) {
  return (
    <div className="ls-chips" id={id} role={kind === 'radio' ? 'radiogroup' : 'group'} aria-labelledby={`${id}__label`} tabIndex={-1} {...aria(id, rawErrors, schema, kind === 'radio' && required)}>
      {choices.map((one, index) => (
        <label className="ls-chip" key={one.label}>
          <input type={kind} name={id} id={`${id}-${index}`} checked={isOn(one)} disabled={locked} onChange={(event) => pick(one, event.target.checked)} onBlur={() => onBlur(id)}
            onClick={() => { if (kind === 'radio' && isOn(one) && !required) pick(one, false) }} />
          <span>{one.label}</span>
        </label>))}
    </div>
  )
}

export function Radio(props) {
  const { value, onChange, disabled, readonly, options } = props
  return <Chips {...props} kind="radio" choices={options.enumOptions ?? []} locked={disabled || readonly} isOn={(one) => one.value === value} pick={(one, on) => onChange(on ? one.value : undefined)} />
}

export function YesNo(props) {
  const { value, onChange, disabled, readonly, options } = props
  const named = options.enumOptions?.length === 2 ? options.enumOptions : null
  const choices = [{ label: named?.find((one) => one.value === true)?.label ?? t('是'), value: true }, { label: named?.find((one) => one.value === false)?.label ?? t('否'), value: false }]
  const plain = choices.map((one) => (['true', 'yes', 'Yes'].includes(one.label) ? { ...one, label: t('是') } : ['false', 'no', 'No'].includes(one.label) ? { ...one, label: t('否') } : one))
  return <Chips {...props} kind="radio" choices={plain} locked={disabled || readonly} isOn={(one) => one.value === value} pick={(one, on) => onChange(on ? one.value : undefined)} />
}

export function Checkboxes(props) {
  const { value = [], onChange, disabled, readonly, options } = props
  const choices = options.enumOptions ?? []
  const pick = (one, on) => onChange(choices.map((each) => each.value).filter((each) => (each === one.value ? on : value.includes(each))))
  return <Chips {...props} kind="checkbox" choices={choices} locked={disabled || readonly} isOn={(one) => value.includes(one.value)} pick={pick} />
}

export function Open(props) {
  const { id, value, schema, required, readonly, disabled, rawErrors, onChange, onBlur, options } = props
  return (
    <>
      <input className={css('form-control', rawErrors)} id={id} name={id} list={`${id}__list`} value={value ?? ''} readOnly={readonly} disabled={disabled} autoComplete="off"
        placeholder={t('选一项，或直接填写')} maxLength={schema.maxLength} onBlur={() => onBlur(id, value)}
        onChange={(event) => onChange(event.target.value === '' ? options.emptyValue : event.target.value)} {...aria(id, rawErrors, schema, required)} />
      <datalist id={`${id}__list`}>{schema.examples.map((one) => <option key={one} value={one} />)}</datalist>
    </>
  )
}
