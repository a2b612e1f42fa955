// The one script of every page: partial updates (htmx), dialogs, menus, dates; and islands where a page has them.
import './styles/main.scss'
import htmx from 'htmx.org'
import { attachDates } from './page/date.js'
import { attachPage } from './page/page.js'
import { attachTrace } from './page/trace.js'

window.htmx = htmx

const ISLANDS = {
  form: () => import('./form/island.jsx'),
  drawing: () => import('./drawing/island.js'),
}

function propsOf(place) {
  const beside = place.dataset.propsFrom ? document.getElementById(place.dataset.propsFrom) : null
  return JSON.parse(beside ? beside.textContent : place.dataset.props)
}

function mountIslands(root) {
  for (const place of root.querySelectorAll('[data-island]:not([data-mounted])')) {
    const load = ISLANDS[place.dataset.island]
    if (!load) continue
    place.dataset.mounted = ''
    const failed = () => {
      place.querySelector('[data-waiting]')?.setAttribute('hidden', '')
      place.querySelector('[data-failed]')?.removeAttribute('hidden')
    }
    load().then((island) => island.mount(place, propsOf(place))).catch((error) => { failed(); console.error(error) })
  }
}

attachPage(document)
attachDates(document)
attachTrace(document)
mountIslands(document)
document.addEventListener('htmx:load', (event) => {
  attachDates(event.target)
  mountIslands(event.target)
})
