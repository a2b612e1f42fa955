// Photos and documents: sent at once, one by one, with progress; a refusal stays until it is read.
import { useContext, useRef, useState } from 'react'
import { t } from '../../i18n/index.js'
import { Icon } from '../icon.jsx'
import { pointerOf } from '../places.js'
import { Shared } from '../shared.js'
import { sized } from '../sizes.js'
import { aria } from './basic.jsx'

const ACCEPT = { photo: 'image/jpeg,image/png,image/heic,image/webp', document: '.pdf,.doc,.docx,.xls,.xlsx,.wps,.et,.ofd,.txt' }

/** Send one file; told(share) while it goes. Resolves to {id, name, size, type, url}; rejects with {what, do}. */
export function send(url, csrf, file, field, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const body = new FormData()
    body.append('file', file, file.name)
    body.append('field', field)
    request.open('POST', url)
    request.setRequestHeader('X-CSRFToken', csrf)
    request.setRequestHeader('Accept', 'application/json')
    request.upload.addEventListener('progress', (event) => { if (event.lengthComputable) told(event.loaded / event.total) })
    request.addEventListener('load', () => {
      let answer = {}
      try { answer = JSON.parse(request.responseText) } catch { /* a proxy's page, not ours */ }
      if (request.status >= 200 && request.status < 300 && answer.id) resolve(answer)
      else if (request.status === 413) reject({ what: answer.what ?? t('文件太大'), do: answer.do ?? t('请压缩后再传。') })
      else reject({ what: answer.what ?? t('没有传上去'), do: answer.do ?? t('请重试；仍然不行时换个文件。'), again: request.status >= 500 })
    })
    request.addEventListener('error', () => reject({ what: t('网络断开，没有传上去'), do: t('网络恢复后点“重试”。'), again: true }))
    request.send(body)
  })
}

function Files({ id, ids, many, schema, item, readonly, disabled, rawErrors, required, setIds, path }) {
  const { files, addFile, uploadUrl, csrf } = useContext(Shared)
  const [going, setGoing] = useState([])
  const latest = useRef(ids)
  latest.current = ids
  const pick = useRef(null)
  const camera = useRef(null)
  const kinds = item['x-accept'] ?? schema['x-accept'] ?? ['photo', 'document']
  const most = item['x-max-bytes'] ?? schema['x-max-bytes']
  const locked = readonly || disabled || !uploadUrl
  const full = many ? schema.maxItems && ids.length >= schema.maxItems : ids.length >= 1

  const patch = (key, change) => setGoing((now) => now.map((one) => (one.key === key ? { ...one, ...change } : one)))
  const start = async (key, file) => {
    patch(key, { share: 0, bad: null })
    try {
      const stored = await send(uploadUrl, csrf, file, pointerOf(path), (share) => patch(key, { share }))
      addFile(stored)
      latest.current = many ? [...latest.current, stored.id] : [stored.id]
      setIds(latest.current)
      setGoing((now) => now.filter((one) => one.key !== key))
    } catch (bad) {
      patch(key, { bad })
    }
  }
  const chosen = (event) => {
    const picked = [...event.target.files].slice(0, many ? undefined : 1)
    event.target.value = ''
    const added = picked.map((file) => ({ key: `${file.name}-${file.size}-${Math.random()}`, file, share: 0,
      bad: most && file.size > most ? { what: t('文件有{size}，超过{most}', { size: sized(file.size), most: sized(most) }), do: t('请压缩后再传。') } : null }))
    setGoing((now) => [...now, ...added])
    added.filter((one) => !one.bad).forEach((one) => start(one.key, one.file))
  }
  return (
    <div id={id} tabIndex={-1} role="group" aria-labelledby={`${id}__label`} {...aria(id, rawErrors, schema, false)}>
      <ul className="ls-files" aria-live="polite">
        {ids.map((one) => {
          const file = files[one] ?? {}
          return (
            <li className="ls-file" key={one}><Icon name="file" /><span className="ls-file-name">{file.url ? <a href={file.url}>{file.name}</a> : (file.name ?? t('附件'))}{file.size ? <small>{sized(file.size)}</small> : null}</span>
              {!locked && <button type="button" className="btn btn-plain btn-sm" onClick={() => setIds(ids.filter((other) => other !== one))} aria-label={t('移除{name}', { name: file.name ?? '' })}>{t('移除')}</button>}</li>)
        })}
        {going.map((one) => (
          <li className={`ls-file${one.bad ? ' ls-file-bad' : ''}`} key={one.key}><Icon name={one.bad ? 'late' : 'upload'} />
            <span className="ls-file-name">{one.file.name}{one.bad ? <span className="d-block ls-text-bad small">{one.bad.what}，{one.bad.do}</span> : <small>{sized(one.file.size)}</small>}</span>
            {!one.bad && <progress max={1} value={one.share} aria-label={t('正在上传{name}', { name: one.file.name })} />}
            <span className="ls-file-acts">{one.bad?.again && <button type="button" className="btn btn-plain btn-sm" onClick={() => start(one.key, one.file)}><Icon name="retry" />{t('重试')}</button>}
              {one.bad && <button type="button" className="btn btn-plain btn-sm" onClick={() => setGoing((now) => now.filter((other) => other.key !== one.key))}>{t('移除')}</button>}</span></li>))}
      </ul>
      {!locked && !full && (
        <div className="ls-file-pick">
          <button type="button" className="btn btn-quiet" onClick={() => pick.current.click()}><Icon name="upload" />{t('选择文件')}</button>
          {kinds.includes('photo') && <button type="button" className="btn btn-quiet d-lg-none" onClick={() => camera.current.click()}><Icon name="camera" />{t('拍照')}</button>}
          <span className="form-text m-0">{kinds.map((kind) => ({ photo: t('照片'), document: t('文档') }[kind])).join('、')}{most ? t('，每个不超过{most}', { most: sized(most) }) : ''}</span>
          <input ref={pick} type="file" hidden multiple={many} accept={kinds.map((kind) => ACCEPT[kind]).join(',')} onChange={chosen} aria-label={t('选择文件')} />
          <input ref={camera} type="file" hidden accept="image/*" capture="environment" onChange={chosen} aria-label={t('拍照')} />
        </div>)}
      {locked && ids.length === 0 && <span className="ls-faint">{uploadUrl || readonly ? t('没有附件') : t('预览时不能上传')}</span>}
    </div>
  )
}

const pathOfId = (id) => id.split('_').slice(1)

export function OneFile(props) {
  const { value, onChange, schema, id } = props
  return <Files {...props} many={false} ids={value ? [value] : []} item={schema} path={pathOfId(id)} setIds={(ids) => onChange(ids[0])} />
}

export function ManyFiles(props) {
  const { value, onChange, schema, id } = props
  return <Files {...props} many ids={Array.isArray(value) ? value.filter(Boolean) : []} item={schema.items ?? {}} path={pathOfId(id)} setIds={(ids) => onChange(ids)} />
}
