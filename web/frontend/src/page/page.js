// Small manners of every page: confirm dialogs, menus that close, forms that send once, lists that say they changed.
import { t } from '../i18n/index.js'

function openDialog(dialog, opener) {
  dialog.showModal()
  dialog.addEventListener('close', () => opener?.focus(), { once: true })
}

function onClick(event) {
  const opener = event.target.closest('[data-opens]')
  if (opener) return openDialog(document.getElementById(opener.dataset.opens), opener)
  const closer = event.target.closest('[data-closes]')
  if (closer) return closer.closest('dialog').close()
  if (event.target instanceof HTMLDialogElement) return event.target.close() // a click on the backdrop
  const fill = event.target.closest('[data-fills]')
  if (fill) return fillFields(fill)
  const ticks = event.target.closest('[data-ticks]')
  if (ticks) return onTicks(ticks)
  const copy = event.target.closest('[data-copies]')
  if (copy) navigator.clipboard?.writeText(document.getElementById(copy.dataset.copies).textContent.trim()).then(() => { copy.textContent = t('已复制') })
  if (event.target.closest('[data-prints]')) window.print()
  for (const menu of document.querySelectorAll('details.ls-menu[open]')) if (!menu.contains(event.target)) menu.open = false
}

/** A demo account fills the sign-in fields: data-fills='{"name": "…", "password": "…"}'. */
function fillFields(button) {
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.fills))) {
    const field = document.querySelector(`[name="${name}"]`)
    if (field) field.value = value
  }
  for (const other of document.querySelectorAll('[data-fills]')) other.setAttribute('aria-pressed', String(other === button))
  document.querySelector('[data-after-fill]')?.focus()
}

/** A form is sent once: its buttons go quiet until the next page (or until the reader comes back with the browser's button). */
function onSubmit(event) {
  const form = event.target
  if (event.defaultPrevented || form.method !== 'post') return
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = '1'
  requestAnimationFrame(() => form.querySelectorAll('button:not([type=button])').forEach((button) => { button.disabled = true }))
}

function onPageShow(event) {
  if (!event.persisted) return
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.querySelectorAll('button').forEach((button) => { button.disabled = false })
  }
}

/** A search field above boxes to tick shows those that have the words in their label, and opens the groups that hold some. */
function onNarrow(field) {
  const words = field.value.trim().toLowerCase(), around = field.closest('[data-narrowed]') ?? field.closest('form')
  for (const box of around.querySelectorAll('.form-check')) box.hidden = !box.textContent.toLowerCase().includes(words)
  if (!words) return
  for (const group of around.querySelectorAll('details')) group.open = Boolean(group.querySelector('.form-check:not([hidden])'))
}

/** A button ticks all boxes that are to be seen beside it; none, when all of them are ticked. */
function onTicks(button) {
  const boxes = [...button.closest('[data-narrowed]').querySelectorAll('.form-check:not([hidden]) input[type=checkbox]')]
  const ticked = boxes.some((box) => !box.checked)
  for (const box of boxes) box.checked = ticked
}

/** Of a unit only that is asked which its kind needs. What is hidden is kept as it was. */
function onKind(kind) {
  for (const field of kind.form.querySelectorAll('[data-kinds]')) field.hidden = !JSON.parse(field.dataset.kinds).includes(kind.value)
}

export function attachPage(root) {
  root.addEventListener('input', (event) => { if (event.target.matches('[data-narrows]')) onNarrow(event.target) })
  root.addEventListener('click', onClick)
  root.addEventListener('submit', onSubmit)
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('[data-narrows]')) event.preventDefault()
    if (event.key === 'Escape') for (const menu of root.querySelectorAll('details.ls-menu[open]')) { menu.open = false; menu.querySelector('summary').focus() }
  })
  root.addEventListener('change', (event) => {
    const form = event.target.closest('form[data-submits-on-change]')
    if (form && !form.hasAttribute('hx-get')) form.requestSubmit()
  })
  const kind = root.querySelector('form:has([data-kinds]) [name=kind]')
  if (kind) { kind.addEventListener('change', () => onKind(kind)); onKind(kind) }
  window.addEventListener('pageshow', onPageShow)
  const token = root.querySelector('meta[name=csrf-token]')?.content
  root.addEventListener('htmx:configRequest', (event) => { event.detail.headers['X-CSRFToken'] = token })
  root.addEventListener('htmx:responseError', (event) => { if (event.detail.xhr.status === 401) location.reload() })
  // A refusal marked for focus is read out and seen first.
  root.querySelector('[data-focus-first]')?.focus()
}
