// The notice beside its configuration: what the pointer or the focus is on lights up what belongs to it on the other side.
// Arrows go from one to the next, Enter over to the other side, Escape lets go. Without scripts the links between them do.

const narrow = window.matchMedia('(max-width: 767.98px)')
const ties = (one) => (one.dataset.ties ?? '').split(' ').filter(Boolean).map((id) => document.getElementById(id)).filter(Boolean)

function light(place, one) {
  for (const lit of place.querySelectorAll('.ls-trace-on, .ls-trace-here')) lit.classList.remove('ls-trace-on', 'ls-trace-here')
  if (!one) return
  one.classList.add('ls-trace-here')
  for (const other of ties(one)) other.classList.add('ls-trace-on')
}

/** Bring the first of what belongs to it into sight, inside its own half only: the page itself stays where it is. */
function show(one) {
  const [first] = ties(one)
  const side = first?.closest('[data-trace-side]')
  if (!side) return
  const over = first.getBoundingClientRect().top - side.getBoundingClientRect().top
  if (over < 0 || over + Math.min(first.offsetHeight, side.clientHeight) > side.clientHeight) side.scrollTo({ top: side.scrollTop + over - 12 })
}

function say(one) {
  const place = document.querySelector('[data-trace-says]')
  place.textContent = place.dataset.traceSays.replace('{path}', () => one.dataset.name).replace('{n}', () => String(ties(one).length))
}

function step(one, by) {
  const all = [...one.closest('[data-trace-side]').querySelectorAll('.ls-trace-one')]
  const next = all[all.indexOf(one) + by]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}

function onKey(event) {
  const one = event.target
  if (!one.classList.contains('ls-trace-one') || event.altKey || event.ctrlKey || event.metaKey) return
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(one, event.key === 'ArrowDown' ? 1 : -1)
  else if (event.key === 'Enter') ties(one)[0]?.focus()
  else return
  event.preventDefault()
}

export function attachTrace(root) {
  const place = root.querySelector('[data-trace]')
  if (!place) return
  let pinned = null
  const pin = (one) => {
    pinned = one
    light(place, one)
    if (!one) return
    // One above the other: both halves into sight, or what lights up does so unseen.
    if (narrow.matches && ties(one).length) place.scrollIntoView({ block: 'start' })
    show(one)
    say(one)
  }
  place.addEventListener('focusin', (event) => pin(event.target.closest('.ls-trace-one')))
  place.addEventListener('click', (event) => { const one = event.target.closest('.ls-trace-one'); if (one && !event.target.closest('a')) pin(one) })
  place.addEventListener('pointerover', (event) => { if (event.pointerType === 'mouse') light(place, event.target.closest('.ls-trace-one') ?? pinned) })
  place.addEventListener('pointerleave', () => light(place, pinned))
  place.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { document.activeElement.blur(); pin(null) } else onKey(event)
  })
  // A link goes over to the other side and takes the focus with it.
  place.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]')
    const goal = link && document.getElementById(link.hash.slice(1))
    if (!goal) return
    event.preventDefault()
    goal.focus({ preventScroll: true })
    const side = goal.closest('[data-trace-side]')
    side.scrollTo({ top: side.scrollTop + goal.getBoundingClientRect().top - side.getBoundingClientRect().top - 12 })
  })
  const start = location.hash && place.querySelector(CSS.escape ? `#${CSS.escape(location.hash.slice(1))}` : location.hash)
  if (start) start.focus()
}
