// Keeps what is being written: on this device at once, on the server within two seconds. Nothing is let go of here until
// the server says that it has it. What travels is what changed since the server last had it.
import { changesOf, thinned } from './checklist/rows.js'

const QUIET_MS = 900
const RETRY_MS = [2000, 4000, 8000, 15000, 30000]

function local(key) {
  try { return JSON.parse(localStorage.getItem(key)) } catch { return null }
}

function keep(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)) } catch { /* full or forbidden: the server's copy is what remains */ }
}

export class Draft {
  /** told(state): {kind: 'idle'|'changed'|'saving'|'saved'|'retrying'|'signedout'|'refused'|'conflict', at?, what?, do?, theirs?} */
  /** saved: the answers that the page came with. lists: field -> check table (checklist/rows.js). */
  constructor({ url, changesUrl, csrf, revision, owner = '', saved = null, lists = {} }, told) {
    Object.assign(this, { url, changesUrl, csrf, revision, told, saved, lists, tries: 0, dirty: false, busy: false, stopped: false })
    this.key = `luoshi:draft:${owner}:${url}`
    addEventListener('online', () => { if (this.dirty) this.save() })
    addEventListener('pagehide', () => { if (this.dirty && !this.stopped) this.save(true) })
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden' && this.dirty) this.save() })
  }

  /** What this device holds that the server may not: {answers, base} or null. */
  left() {
    return this.url ? local(this.key) : null
  }

  forget() {
    try { localStorage.removeItem(this.key) } catch { /* nothing was kept */ }
  }

  changed(answers) {
    if (!this.url || this.stopped) return
    this.answers = answers
    this.dirty = true
    keep(this.key, { answers: this.thin(answers), base: this.revision })
    if (this.conflict) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), QUIET_MS)
    if (!this.busy) this.told({ kind: 'changed' })
  }

  /** Answers without the rows of check tables in which nothing was filled. */
  thin(answers) {
    return Object.fromEntries(Object.entries(answers).map(([name, value]) => [name, this.lists[name] ? thinned(this.lists[name], value) : value]))
  }

  /** What is sent: changes to what the server has, or everything where nobody knows what that is. */
  request(answers) {
    const tables = Object.fromEntries(Object.values(this.lists).map((list) => [list.table, list.token]))
    const same = { revision: this.revision, ...(Object.keys(tables).length ? { tables } : {}) }
    if (!this.saved || !this.changesUrl) return { url: this.url, method: 'PUT', body: { answers: this.thin(answers), ...same } }
    return { url: this.changesUrl, method: 'POST', body: { ...changesOf(this.saved, answers, this.lists, this.revision === 0), ...same } }
  }

  async save(leaving = false) {
    if (this.busy || this.conflict || this.stopped) return
    clearTimeout(this.timer)
    this.busy = true
    this.dirty = false
    const sent = this.answers
    if (!leaving) this.told({ kind: 'saving' })
    try {
      const { url, method, body } = this.request(sent)
      const response = await fetch(url, {
        method, keepalive: leaving, credentials: 'same-origin', redirect: 'manual',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': this.csrf },
        body: JSON.stringify(body),
      })
      await this.answered(response, sent)
    } catch {
      this.later()
    } finally {
      this.busy = false
      if (this.dirty && !this.timer && !this.conflict) this.timer = setTimeout(() => this.save(), QUIET_MS)
    }
  }

  async answered(response, sent) {
    const body = await response.json().catch(() => ({}))
    if (response.ok) {
      this.revision = body.revision
      this.saved = sent
      this.tries = 0
      if (this.answers === sent) this.forget()
      else { this.dirty = true; keep(this.key, { answers: this.thin(this.answers), base: this.revision }) }
      this.timer = null
      this.told({ kind: this.dirty ? 'changed' : 'saved', at: body.saved_at })
    } else if (response.status === 409 && ('revision' in body || body.code === 'draft_moved')) {
      this.conflict = body
      this.told({ kind: 'conflict', theirs: body, what: body.what, do: body.do })
    } else if (response.status === 401 || response.type === 'opaqueredirect') {
      this.dirty = true
      this.told({ kind: 'signedout' })
    } else if (response.status >= 500 || response.status === 429) {
      this.later()
    } else {
      this.dirty = true
      this.timer = null
      this.told({ kind: 'refused', what: body.what, do: body.do })
    }
  }

  later() {
    this.dirty = true
    const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)]
    this.tries += 1
    this.timer = setTimeout(() => this.save(), wait)
    this.told({ kind: 'retrying' })
  }

  /** Put `answers` aside for the page that comes after a reload, and let go of the draft here. mine: go on with them there. */
  setAside(answers, mine) {
    keep(`${this.key}:aside`, { answers: this.thin(answers), mine })
    this.forget()
    this.stop()
  }

  /** What was put aside before the reload, {answers, mine}, once; null when nothing was. */
  aside() {
    const kept = this.url ? local(`${this.key}:aside`) : null
    if (kept) try { localStorage.removeItem(`${this.key}:aside`) } catch { /* stays, harmless */ }
    return kept
  }

  /** Settle a conflict: mine (write these answers over the other's) or theirs (take the server's revision). */
  settle(answers, revision, mine) {
    this.conflict = null
    this.revision = revision
    this.saved = null // what stands there now was never on this page
    if (mine) { this.answers = answers; this.dirty = true; this.save() } else { this.dirty = false; this.told({ kind: 'saved' }) }
  }

  stop() {
    this.stopped = true
    clearTimeout(this.timer)
  }
}
