// A process drawing to look at: steps done and current are marked in colour and in words. The page carries the same steps as a list.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer'
import 'bpmn-js/dist/assets/diagram-js.css'
import 'bpmn-js/dist/assets/bpmn-js.css'
import { t } from '../i18n/index.js'

function button(label, name, pressed) {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = 'btn btn-quiet btn-sm'
  made.textContent = label
  made.setAttribute('aria-label', name)
  made.title = name
  made.addEventListener('click', pressed)
  return made
}

function mark(viewer, ids, css, words, extra = '') {
  const canvas = viewer.get('canvas')
  const overlays = viewer.get('overlays')
  for (const id of ids) {
    if (!viewer.get('elementRegistry').get(id)) continue
    canvas.addMarker(id, css)
    const key = document.createElement('span')
    key.className = `ls-drawing-key ${extra}`
    key.textContent = words
    overlays.add(id, { position: { top: -11, left: 4 }, html: key, show: { minZoom: 0.35 } })
  }
}

/** props: {url, current: [node id], done: [node id]} */
export async function mount(place, { url, current = [], done = [] }) {
  const response = await fetch(url, { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`drawing ${response.status}`)
  const xml = await response.text()
  // Written by hand, without a picture: the steps below say it all.
  if (!xml.includes('BPMNDiagram')) { place.hidden = true; return }
  const box = document.createElement('div')
  box.className = 'h-100'
  const viewer = new NavigatedViewer({ container: box })
  place.replaceChildren(box)
  await viewer.importXML(xml)
  const canvas = viewer.get('canvas')
  mark(viewer, done.filter((id) => !current.includes(id)), 'ls-node-done', t('✓ 已完成'), 'ls-drawing-key-done')
  mark(viewer, current, 'ls-node-current', t('● 当前'))
  // Scrolling a page over the drawing must scroll the page: zoom needs Ctrl (diagram-js's own rule) or the buttons.
  viewer.get('zoomScroll').toggle(false)
  const drawn = canvas.viewbox().inner
  const fit = () => {
    canvas.resized()
    canvas.viewbox({ x: drawn.x - 24, y: drawn.y - 30, width: drawn.width + 48, height: drawn.height + 56 })
    if (canvas.zoom() > 1.1) canvas.zoom(1.1, 'auto')
  }
  const share = (drawn.height + 56) / (drawn.width + 48)
  place.style.height = `${Math.max(150, Math.min(420, Math.round(share * place.clientWidth)))}px`
  fit()
  const tools = document.createElement('div')
  tools.className = 'ls-drawing-tools'
  tools.append(
    button('＋', t('放大'), () => canvas.zoom(canvas.zoom() * 1.25)), button('－', t('缩小'), () => canvas.zoom(canvas.zoom() * 0.8)),
    button(t('适合窗口'), t('适合窗口'), fit))
  place.after(tools)
  new ResizeObserver(() => canvas.resized()).observe(place)
}
