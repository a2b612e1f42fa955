// How @rjsf's parts look: Bootstrap 5 markup of our own. (The stock Bootstrap theme would bring some 270 MB of icons and
// widgets to install, and every part of it that shows is replaced here anyway.)
import { useContext, useEffect, useRef, useState } from 'react'
import { t } from '../i18n/index.js'
import { Icon } from './icon.jsx'
import { valueAt } from './places.js'
import { PAGE, pageOf } from './rows.js'
import { Shared } from './shared.js'
import { Sheets } from './sheets.jsx'

const WIDE = new Set(['textarea', 'attachments', 'attachment', 'checkboxes', 'chips', 'signature'])

function isWide(schema, ui) {
  if (ui?.['ui:options']?.wide !== undefined) return ui['ui:options'].wide
  return schema?.type === 'object' || (schema?.type === 'array') || WIDE.has(ui?.['ui:widget'])
}

export function Errors({ id, errors }) {
  if (!errors?.length) return null
  return <div id={`${id}__error`}>{errors.map((text) => <p className="ls-form-error" key={text}><Icon name="late" /><span>{text}</span></p>)}</div>
}

/** What passes a soft limit. It stands there before it says anything, so that it is read out when it does. In a row it names the row. */
export function Warned({ id, schema }) {
  const found = useContext(Shared).warned?.get(id) ?? []
  if (schema['x-warn'] === undefined && !found.length) return null
  const row = found[0]?.path.findLast((part) => typeof part === 'number')
  const head = row === undefined ? t('提醒：') : t('第{n}行提醒：', { n: row + 1 })
  return <div id={`${id}__warning`} role="status">{found.map(({ text }) => <p className="ls-form-warn" key={text}><Icon name="warn" /><span><b>{head}</b>{text}</span></p>)}</div>
}

export function FieldTemplate({ id, label, required, children, rawErrors, rawDescription, hidden, displayLabel, schema, uiSchema, readonly }) {
  if (hidden) return <div hidden>{children}</div>
  const box = schema.type === 'object' || (schema.type === 'array' && !uiSchema?.['ui:widget'])
  if (box) return <>{children}{schema.type === 'array' && <Errors id={id} errors={rawErrors} />}</>
  const named = displayLabel || uiSchema?.['ui:widget']
  return (
    <div className={`ls-form-field${schema['x-computed'] !== undefined ? ' ls-computed' : ''}`} data-field={id}>
      {named && (
        <label className="form-label" htmlFor={id} id={`${id}__label`}>{label}
          {required ? <span className="ls-required" title={t('必填')} aria-hidden="true">*</span> : null}
          {schema['x-computed'] !== undefined ? <span className="ls-optional">{t('自动计算')}</span> : null}
          {schema['x-only'] ? <span className="ls-optional">{t('受保护，只有指定的岗位能看')}</span> : null}
          {schema['x-sensitive'] && !schema['x-only'] ? <span className="ls-optional">{t('敏感信息，只有经办岗位能看')}</span> : null}
        </label>)}
      {rawDescription && <p className="ls-form-help" id={`${id}__description`}>{rawDescription}</p>}
      {children}
      {!readonly && <Errors id={id} errors={rawErrors} />}
      <Warned id={id} schema={schema} />
    </div>
  )
}

export function ObjectFieldTemplate({ fieldPathId, properties, schema, uiSchema, title, description }) {
  const row = uiSchema?.['ui:options']?.row
  const root = fieldPathId.path.length === 0
  const columns = row === 'grid' ? uiSchema['ui:options'].columns : null
  const grid = (
    <div className="ls-form-grid">
      {properties.filter(({ hidden }) => !hidden).map(({ name, content }) => (
        <div key={name} className={isWide(schema.properties?.[name], uiSchema?.[name]) ? 'ls-span' : undefined}
          style={columns ? { gridColumn: columns.indexOf(name) + 1 } : undefined}>{content}</div>))}
    </div>
  )
  const warned = <Warned id={fieldPathId.$id} schema={schema} />
  if (root || row) return <>{grid}{warned}</>
  return (
    <fieldset className="ls-form-group" id={fieldPathId.$id} tabIndex={-1}>
      {title && <legend>{title}</legend>}
      {description && <p className="ls-form-help">{description}</p>}
      {grid}
      {warned}
    </fieldset>
  )
}

function Pager({ at, count, turn }) {
  return (
    <nav className="ls-row-pager" aria-label={t('表格的页')}>
      <button type="button" className="btn btn-quiet btn-sm" disabled={at.page === 0} onClick={() => turn(at.page - 1)}>{t('上一页')}</button>
      <button type="button" className="btn btn-quiet btn-sm" disabled={at.page === at.pages - 1} onClick={() => turn(at.page + 1)}>{t('下一页')}</button>
      <span>{t('第{from}—{to}行，共{n}行', { from: at.from + 1, to: at.to, n: count })}</span>
    </nav>
  )
}

/** Which page of a table stands on the screen; only its rows are made. Another place may turn to a row through `Shared`. */
function usePage(id, count) {
  const { pagers } = useContext(Shared)
  const [page, setPage] = useState(0)
  const before = useRef(count)
  useEffect(() => {
    pagers?.current.set(id, (row) => setPage(Math.floor(row / PAGE)))
    return () => pagers?.current.delete(id)
  }, [id])
  useEffect(() => {
    if (count === before.current + 1) setPage(Math.floor((count - 1) / PAGE)) // a new row is at the end
    before.current = count
  }, [count])
  return [pageOf(page, count), setPage]
}

export function ArrayFieldTemplate({ fieldPathId, items, canAdd, onAddClick, title, schema, uiSchema, readonly, disabled, required }) {
  const { shape = 'cards', template, columns = [] } = uiSchema?.['ui:options'] ?? {}
  const ordinary = !columns.length
  const [at, turn] = usePage(fieldPathId.$id, items.length)
  const own = !ordinary && !readonly && fieldPathId.path.every((part) => typeof part === 'string')
  const pager = at.pages > 1 && <Pager at={at} count={items.length} turn={turn} />
  return (
    <fieldset className="ls-form-table" id={fieldPathId.$id} tabIndex={-1}>
      <legend>{title}{required || schema.minItems ? <span className="ls-required" aria-hidden="true">*</span> : null} <span className="ls-faint small fw-normal">{t(items.length === 1 ? '1行' : '{n}行', { n: items.length })}</span></legend>
      {schema.description && <p className="ls-form-help">{schema.description}</p>}
      <Warned id={fieldPathId.$id} schema={schema} />
      {own && <Sheets path={fieldPathId.path} title={title} columns={columns} disabled={disabled} />}
      {items.length === 0 && <div className="ls-rows-none">{schema['x-draw'] ? t('还没有抽取') : readonly ? t('没有填写') : t('还没有填写。没有这类情况时可以留空。')}</div>}
      {pager}
      {items.length > 0 && (
        <div className={`ls-rows${shape === 'grid' && !ordinary ? ' ls-rows-grid' : ''}`} ref={(box) => box?.style.setProperty('--ls-cols', template ?? '1fr')}>
          {shape === 'grid' && !ordinary && (
            <div className="ls-row-head-cols" aria-hidden="true" style={{ gridTemplateColumns: template }}>
              {columns.filter(({ hidden }) => !hidden).map((column) => <span key={column.name}>{column.title}{column.required && <span className="ls-required">*</span>}</span>)}
            </div>)}
          {items.slice(at.from, at.to)}
        </div>)}
      {pager}
      {canAdd && !readonly && !disabled && <button type="button" className="btn btn-quiet" id={`${fieldPathId.$id}__add`} onClick={onAddClick}><Icon name="plus" />{t('增加一行')}</button>}
    </fieldset>
  )
}

function summaryOf(row) {
  if (!row || typeof row !== 'object') return ''
  return Object.values(row).filter((value) => typeof value === 'string' && value && !/^[0-9a-f-]{32,}$/i.test(value)).slice(0, 2).join(' · ').slice(0, 40)
}

export function ArrayFieldItemTemplate({ children, buttonsProps, index, readonly, disabled }) {
  const { answers } = useContext(Shared)
  const { hasCopy, hasRemove, onCopyItem, onRemoveItem, fieldPathId } = buttonsProps
  const base = fieldPathId.path
  const path = typeof base.at(-1) === 'number' ? base : [...base, index]
  const n = index + 1
  return (
    <div className="ls-row" role="group" aria-label={t('第{n}行', { n })}>
      <div className="ls-row-head">
        <span className="ls-row-title">{n}<b> {summaryOf(valueAt(answers, path))}</b></span>
        {!readonly && !disabled && (
          <span className="ls-row-acts">
            {hasCopy && <button type="button" className="btn btn-plain" onClick={onCopyItem} aria-label={t('复制第{n}行', { n })} title={t('复制')}><Icon name="copy" /><span>{t('复制')}</span></button>}
            {hasRemove && <button type="button" className="btn btn-plain" onClick={onRemoveItem} aria-label={t('删除第{n}行', { n })} title={t('删除')}><Icon name="close" /><span>{t('删除')}</span></button>}
          </span>)}
      </div>
      <div className="ls-row-body">{children}</div>
    </div>
  )
}

const nothing = () => null

export const templates = {
  FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate, ArrayFieldItemTemplate,
  DescriptionFieldTemplate: nothing, FieldErrorTemplate: nothing, FieldHelpTemplate: nothing, ErrorListTemplate: nothing,
  ButtonTemplates: { SubmitButton: nothing },
}
