// A date or month field that speaks the page's language whatever the browser's: a text field one can type in, and a
// calendar beside it. Native date inputs follow the browser's locale, so they are not used.
import { locale, t } from '../i18n/index.js'
import { day, moved, movedMonths, readDay, readMonth, text, weeksAround } from './dates.js'

const ICON = '<svg class="ls-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"/></svg>'
const long = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' })
const monthName = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
const shortMonth = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'narrow', timeZone: 'UTC' })

const todayHere = () => document.documentElement.dataset.today || text(new Date())

function button(label, name, pressed) {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = label
  if (name) made.setAttribute('aria-label', name)
  made.addEventListener('click', pressed)
  return made
}

class Picker {
  constructor(input, months) {
    this.input = input
    this.months = months
    this.read = months ? readMonth : readDay
    this.open = button('', t(months ? '打开月历选择月份' : '打开日历选择日期'), () => (this.panel.hidden ? this.show() : this.hide()))
    this.open.className = 'ls-date-open'
    this.open.innerHTML = ICON
    this.open.disabled = input.disabled || input.readOnly
    this.panel = document.createElement('div')
    this.panel.className = 'ls-date-panel'
    this.panel.hidden = true
    this.panel.setAttribute('role', 'dialog')
    this.panel.setAttribute('aria-label', t(months ? '选择月份' : '选择日期'))
    this.panel.addEventListener('keydown', (event) => this.key(event))
    input.after(this.open, this.panel)
    input.addEventListener('change', () => this.tidy())
    input.addEventListener('keydown', (event) => { if (event.key === 'ArrowDown') { event.preventDefault(); this.show() } })
    this.panel.addEventListener('focusout', (event) => {
      if (!this.panel.contains(event.relatedTarget) && event.relatedTarget !== this.open && event.relatedTarget) this.hide(false)
    })
    document.addEventListener('pointerdown', (event) => { if (!this.panel.hidden && !input.parentElement.contains(event.target)) this.hide(false) })
  }

  tidy() {
    const value = this.read(this.input.value, todayHere())
    if (value) this.input.value = value
  }

  show() {
    if (this.input.disabled || this.input.readOnly) return
    const value = this.read(this.input.value, todayHere()) ?? todayHere().slice(0, this.months ? 7 : 10)
    this.at = this.months ? `${value}-01` : value
    const box = this.input.getBoundingClientRect()
    const room = { right: document.documentElement.clientWidth - box.left, below: window.innerHeight - box.bottom }
    this.input.parentElement.classList.toggle('ls-date-right', room.right < 330)
    this.input.parentElement.classList.toggle('ls-date-up', room.below < 390 && box.top > 390)
    this.panel.hidden = false
    this.draw(true)
  }

  hide(refocus = true) {
    this.panel.hidden = true
    if (refocus) this.input.focus()
  }

  choose(value) {
    this.input.value = value
    this.input.dispatchEvent(new Event('input', { bubbles: true }))
    this.input.dispatchEvent(new Event('change', { bubbles: true }))
    this.hide()
  }

  move(value) {
    this.at = value
    this.draw(true)
  }

  draw(focus) {
    const chosen = this.read(this.input.value, todayHere())
    const step = this.months ? 12 : 1
    const head = document.createElement('div')
    head.className = 'ls-date-head'
    const label = document.createElement('span')
    label.setAttribute('aria-live', 'polite')
    label.textContent = this.months ? (locale === 'en' ? this.at.slice(0, 4) : `${this.at.slice(0, 4)}年`) : monthName.format(day(this.at))
    head.append(
      button('‹', t(this.months ? '上一年' : '上个月'), () => this.move(movedMonths(this.at, -step))), label,
      button('›', t(this.months ? '下一年' : '下个月'), () => this.move(movedMonths(this.at, step))))
    const grid = this.months ? this.drawMonths(chosen) : this.drawDays(chosen)
    const foot = document.createElement('div')
    foot.className = 'ls-date-foot'
    const now = this.months ? todayHere().slice(0, 7) : todayHere()
    foot.append(button(t('清除'), '', () => this.choose('')), button(t(this.months ? '本月' : '今天'), '', () => this.choose(now)))
    this.panel.replaceChildren(head, grid, foot)
    if (focus) grid.querySelector('[tabindex="0"]')?.focus()
  }

  cell(value, label, name, chosen, today) {
    const made = button(label, name, () => this.choose(value))
    made.setAttribute('aria-selected', String(value === chosen))
    made.tabIndex = value === this.at.slice(0, value.length) ? 0 : -1
    if (value === today) made.dataset.today = ''
    return made
  }

  drawDays(chosen) {
    const grid = document.createElement('div')
    grid.className = 'ls-date-grid'
    const days = weeksAround(this.at)
    for (const value of days.slice(0, 7)) {
      const name = document.createElement('span')
      name.textContent = weekday.format(day(value))
      name.setAttribute('aria-hidden', 'true')
      grid.append(name)
    }
    for (const value of days) {
      const made = this.cell(value, String(Number(value.slice(8))), long.format(day(value)), chosen, todayHere())
      if (value.slice(0, 7) !== this.at.slice(0, 7)) made.dataset.out = ''
      grid.append(made)
    }
    return grid
  }

  drawMonths(chosen) {
    const grid = document.createElement('div')
    grid.className = 'ls-date-grid ls-date-months'
    for (let month = 1; month <= 12; month += 1) {
      const value = `${this.at.slice(0, 4)}-${String(month).padStart(2, '0')}`
      grid.append(this.cell(value, shortMonth.format(day(`${value}-01`)), monthName.format(day(`${value}-01`)), chosen, todayHere().slice(0, 7)))
    }
    return grid
  }

  key(event) {
    if (event.key === 'Escape') { event.stopPropagation(); return this.hide() }
    if (!event.target.closest('.ls-date-grid')) return undefined
    const weekPlace = (day(this.at).getUTCDay() + 6) % 7
    const days = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -weekPlace, End: 6 - weekPlace }
    const months = this.months ? { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -4, ArrowDown: 4, PageUp: -12, PageDown: 12 } : { PageUp: -1, PageDown: 1 }
    if (event.key in months) this.move(movedMonths(this.at, months[event.key]))
    else if (event.key in days) this.move(moved(this.at, days[event.key]))
    else return undefined
    return event.preventDefault()
  }
}

/** Give `input` its calendar. It must be alone in a `.ls-date` box. Values are 'YYYY-MM-DD', or 'YYYY-MM' for months. */
export function attachDate(input, { months = false } = {}) {
  if (input.dataset.dated === undefined) {
    input.dataset.dated = ''
    new Picker(input, months)
  }
}

export function attachDates(root) {
  for (const input of root.querySelectorAll('[data-date]')) attachDate(input, { months: input.dataset.date === 'month' })
}
