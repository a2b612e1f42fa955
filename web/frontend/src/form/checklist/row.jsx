// One item of a check table: what is asked, and the fields of its answer. Drawn again only when this very row has changed.
import { memo, useCallback, useRef, useSyncExternalStore } from 'react'
import { dress } from '../dress.js'
import { follow } from '../places.js'
import { Errors } from '../templates.jsx'
import { validator } from '../validator.js'
import { WIDGETS } from '../widgets/index.js'

const LONG = new Set(['textarea', 'attachment', 'attachments', 'checkboxes'])

/** The fields that a row asks for now, conditions followed: [{name, sub, required}]. */
function fieldsOf(items, root, row, list) {
  const found = new Map()
  const needed = new Set()
  const take = (part) => {
    const here = follow(part, root)
    if (!here || typeof here !== 'object') return
    for (const [name, sub] of Object.entries(here.properties ?? {})) {
      if (!list.columns.includes(name) && typeof sub === 'object') found.set(name, { ...found.get(name), ...follow(sub, root) })
    }
    for (const name of here.required ?? []) needed.add(name)
    for (const part of here.allOf ?? []) take(part)
    if (here.if) take(validator.isValid(here.if, row, root) ? here.then : here.else)
  }
  take(items)
  return [...found].filter(([, sub]) => sub.type || sub.enum).map(([name, sub]) => ({ name, sub, required: needed.has(name) }))
}

function choices(sub, ui) {
  if (sub.oneOf) return sub.oneOf.map((one) => ({ value: one.const, label: String(one.title ?? one.const) }))
  return sub.enum?.map((value, index) => ({ value, label: String(ui['ui:enumNames']?.[index] ?? value) }))
}

function Field({ id, name, sub, required, value, errors, locked, change, plain }) {
  const ui = dress(sub, {}, sub)
  const Widget = WIDGETS[ui['ui:widget']] ?? WIDGETS.text
  const label = sub.title ?? name
  const number = sub.type === 'number' || sub.type === 'integer'
  // Half a number ("1.") stays as it was typed until the field is left.
  const cast = (next, left) => (number && typeof next === 'string' && next !== '' && !Number.isNaN(Number(next)) && (left || String(Number(next)) === next) ? Number(next) : next)
  const options = { emptyValue: undefined, enumOptions: choices(sub.items?.enum ? sub.items : sub, ui) }
  return (
    <div className={`ls-form-field${LONG.has(ui['ui:widget']) ? ' ls-item-long' : ''}`} data-field={id}>
      <label className={plain ? 'visually-hidden' : 'form-label'} htmlFor={id} id={`${id}__label`}>{label}{required && !plain ? <span className="ls-required" aria-hidden="true">*</span> : null}</label>
      <Widget id={id} value={value} schema={sub} required={required} readonly={locked || ui['ui:readonly']} disabled={false} rawErrors={errors} options={options}
        onChange={(next) => change(name, cast(next))} onBlur={() => { if (cast(value, true) !== value) change(name, cast(value, true)) }} />
      <Errors id={id} errors={errors} />
    </div>
  )
}

export const Row = memo(function Row({ store, index, items, root, id, errors, locked, change }) {
  const listen = useCallback((hear) => store.listen(index, hear), [store, index])
  const row = useSyncExternalStore(listen, () => store.rows[index])
  const drawn = useRef(0)
  drawn.current += 1 // shown on the row: what a keystroke costs can be read off the page
  const { list } = store
  const asked = fieldsOf(items, root, row, list)
  const beside = list.columns.filter((name) => ![list.key, list.area, list.text].includes(name) && list.said(index, name))
  const set = (name, value) => change(index, name, value)
  return (
    <div className="ls-item" role="group" aria-labelledby={`${id}__item`} id={id} tabIndex={-1} data-drawn={drawn.current}>
      <div className="ls-item-asked" id={`${id}__item`}><span className="ls-item-key">{list.keys[index]}</span><span>{list.said(index, list.text)}</span>
        {beside.map((name) => <small key={name}>{name}：{list.said(index, name)}</small>)}</div>
      <div className="ls-item-answers">
        {asked.map(({ name, sub, required }, place) => (
          <Field key={name} id={`${id}_${name}`} name={name} sub={sub} required={required} value={row[name]} errors={errors?.[name]?.__errors} locked={locked} change={set} plain={place === 0} />))}
      </div>
    </div>
  )
})
