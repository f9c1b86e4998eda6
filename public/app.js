/* Comfort on pages that work without it: selection in tables, keyboard, menus, double-submit guard, filters that apply themselves, copying. */
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  const on = (type, handler, capture) => document.addEventListener(type, handler, capture)
  const { lang } = document.documentElement
  const number = new Intl.NumberFormat(lang)
  const isOne = (count) => new Intl.PluralRules(lang).select(count) === 'one'

  /* Selection: [data-select="digest of the search"][data-total]. `all` means the search itself, minus `except`. */
  const states = new WeakMap()
  const boxesOf = (region) => all('tbody .check-box', region)
  let lastBox
  let quiet // until the last announcement goes

  function stateOf(region) {
    const key = `select:${location.pathname}:${region.dataset.select}`
    let state = states.get(region)
    if (state?.key === key) return state
    let kept
    try { kept = JSON.parse(sessionStorage.getItem(key)) } catch { /* storage refused or unreadable: start afresh */ }
    state = { key, all: kept?.all === true, ids: new Set(kept?.ids), except: new Set(kept?.except) }
    // After Back the browser may have restored ticks by itself.
    if (!state.all) for (const box of boxesOf(region)) if (box.checked) state.ids.add(box.value)
    states.set(region, state)
    return state
  }

  function showSelection(region) {
    const state = stateOf(region)
    const boxes = boxesOf(region)
    for (const box of boxes) box.checked = state.all ? !state.except.has(box.value) : state.ids.has(box.value)
    const ticked = boxes.filter((box) => box.checked).length
    const total = Number(region.dataset.total) || boxes.length
    const count = state.all ? Math.max(0, total - state.except.size) : state.ids.size
    region.toggleAttribute('data-selected', count > 0)
    for (const box of all('[data-select-page]', region)) {
      box.checked = ticked > 0 && ticked === boxes.length
      box.indeterminate = ticked > 0 && ticked < boxes.length
    }
    for (const place of all('[data-select-count]', region)) {
      const { capped, cappedExcept } = place.dataset // only where the search has more than are counted
      const words = state.all && capped ? (state.except.size ? cappedExcept : capped) : place.dataset[state.all && state.except.size ? (isOne(count) ? 'exceptOne' : 'exceptOther') : isOne(count) ? 'one' : 'other']
      const text = words.replace('{n}', number.format(count)).replace('{except}', number.format(state.except.size))
      if (place.textContent !== text) place.textContent = text // a status is read out at every change
    }
    for (const banner of all('[data-select-banner]', region)) {
      const place = banner.querySelector('[data-select-page-text]')
      banner.hidden = !boxes.length || total <= boxes.length || (state.all ? state.except.size > 0 : ticked < boxes.length)
      place.textContent = state.all ? place.dataset.all : place.dataset[isOne(ticked) ? 'one' : 'other'].replace('{n}', number.format(ticked))
      banner.querySelector('[data-select-all]').hidden = state.all
    }
    writeFields(region, state, boxes)
    try {
      if (!count) sessionStorage.removeItem(state.key)
      else if (region.dataset.select) sessionStorage.setItem(state.key, JSON.stringify({ all: state.all, ids: [...state.ids], except: [...state.except] }))
    } catch { /* storage refused or full: the selection lives on this page only */ }
  }

  /* Hidden fields say what the boxes of this page cannot; with `all` the server ignores ticked ids. */
  function writeFields(region, state, boxes) {
    for (const old of all('[data-select-field]', region)) old.remove()
    const here = new Set(boxes.map((box) => box.value))
    const name = boxes[0]?.name ?? region.dataset.name ?? 'ids'
    const add = (name, value) => {
      const field = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
      field.dataset.selectField = ''
      region.append(field)
    }
    if (state.all) add('all', '1')
    for (const id of state.all ? state.except : state.ids) if (state.all) add('except', id)
    else if (!here.has(id)) add(name, id)
  }

  on('click', ({ target, shiftKey }) => {
    const region = target.closest('[data-select]')
    if (!region) return
    const state = stateOf(region)
    const boxes = boxesOf(region)
    const pick = (box, isTicked) => (state.all ? state.except : state.ids)[isTicked !== state.all ? 'add' : 'delete'](box.value)
    if (target.matches('tbody .check-box')) {
      const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(target)].sort((a, b) => a - b)
      for (const box of shiftKey && from >= 0 ? boxes.slice(from, to + 1) : [target]) pick(box, target.checked)
      lastBox = target
    } else if (target.matches('[data-select-page]')) {
      for (const box of boxes) pick(box, target.checked)
    } else if (target.closest('[data-select-all], [data-select-clear]')) {
      state.all = Boolean(target.closest('[data-select-all]'))
      state.ids.clear()
      state.except.clear()
      region.querySelector('[data-select-page]')?.focus() // the button just used goes away
    } else return
    showSelection(region)
  })

  // A table that is not wider than its place needs no scrolling frame, and its head can stay in view.
  const fit = new ResizeObserver((entries) => {
    for (const { target } of entries) target.classList.toggle('fits', target.querySelector('table').offsetWidth <= target.clientWidth)
  })

  /* Another search on the same page: what was ticked in the one before is out of sight, so it is dropped, and said (S16). */
  function dropOthers(region) {
    const own = `select:${location.pathname}:`
    try {
      const others = Object.keys(sessionStorage).filter((key) => key.startsWith(own) && key !== own + region.dataset.select)
      for (const key of others) sessionStorage.removeItem(key)
      if (others.length) say(region.dataset.selectChanged)
    } catch { /* nothing kept then */ }
  }

  function start() {
    for (const region of all('[data-select]')) {
      if (region.dataset.selectChanged) dropOthers(region)
      showSelection(region)
    }
    for (const place of all('.table-wrap:has(> table)')) fit.observe(place)
  }
  if (document.querySelector('[data-select-forget]')) {
    try { for (const key of Object.keys(sessionStorage)) if (key.startsWith('select:')) sessionStorage.removeItem(key) } catch { /* nothing kept then */ }
  }
  start()

  /* Keyboard: off inside fields, and wholly with body[data-shortcuts=off] (WCAG 2.1.4). */
  const visible = (element) => element.offsetParent !== null
  const rows = () => all('main .table tbody tr, main [data-rows] > *').filter(visible)
  const currentRow = () => rows().find((row) => row.contains(document.activeElement))
  const currentBox = () => currentRow()?.querySelector('.check-box')
  const keys = {
    '/': focusSearch, '?': () => openDialog('shortcuts'), j: () => moveRow(1), k: () => moveRow(-1), x: () => currentBox()?.click(), X: () => currentBox()?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true })),
    a: () => document.querySelector('[data-select-page]')?.click(), c: () => document.querySelector('[data-select][data-selected] [data-key="c"]')?.click(), g: () => { wentAt = Date.now() },
  }
  let wentAt = 0

  on('keydown', (event) => {
    const { key, target } = event
    if (key === 'Escape') return closeMenus()
    if (document.body.dataset.shortcuts === 'off' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog')) return
    const place = Date.now() - wentAt < 1500 && document.querySelector(`[data-go="${CSS.escape(key)}"]`)
    wentAt = 0
    if (!place && !Object.hasOwn(keys, key)) return
    event.preventDefault()
    if (place) place.click()
    else keys[key]()
  })

  function focusSearch() {
    const field = all('main [type=search]').find(visible)
    field?.focus()
    field?.select()
  }
  function moveRow(step) {
    const list = rows()
    const at = list.indexOf(currentRow())
    const row = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step]
    const stop = row?.querySelector('a[href]') ?? row?.querySelector('input, button, summary')
    stop?.focus()
  }
  function openDialog(id) {
    const dialog = document.getElementById(id)
    if (dialog && !dialog.open) dialog.showModal()
  }

  /* Tabs that do not fit scroll sideways; the current one is in view. */
  for (const tab of all('.tabs [aria-current]')) tab.parentElement.scrollLeft += tab.getBoundingClientRect().left - tab.parentElement.getBoundingClientRect().left - 16

  /* Menus: one open at a time; Escape and a click elsewhere close them. */
  function closeMenus(except) {
    for (const menu of all('details.menu[open]')) {
      if (menu === except) continue
      if (menu.contains(document.activeElement)) menu.querySelector('summary').focus()
      menu.open = false
    }
  }

  on('click', async ({ target }) => {
    const opener = target.closest('[data-open]')
    closeMenus(opener ? undefined : target.closest('details.menu'))
    if (opener) openDialog(opener.dataset.open)
    if (target.matches('dialog')) target.close()
    const copier = target.closest('[data-copy], [data-copy-from]')
    if (!copier) return
    const { copy, copyFrom, copied, copyFailed } = copier.dataset
    const source = copyFrom && document.querySelector(copyFrom)
    try {
      await navigator.clipboard.writeText(source ? source.value ?? source.textContent : copy)
      say(copied)
    } catch {
      say(copyFailed) // permission refused, or not a secure page
    }
  })

  function say(text) {
    const toast = document.getElementById('toast')
    if (!toast) return
    toast.textContent = text
    clearTimeout(quiet)
    quiet = setTimeout(() => { toast.textContent = '' }, 6000)
  }

  /* Forms: [data-once] swallows a second submit for 8 s; [data-autosubmit] sends itself 300 ms after a change. */
  on('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-once]')) return
    if (form.dataset.busy) {
      event.preventDefault()
      return event.stopImmediatePropagation()
    }
    form.dataset.busy = '1'
    for (const button of all('button:not([type=button])', form)) button.setAttribute('aria-disabled', 'true')
    setTimeout(release, 8000, form)
  }, true)
  function release(form) {
    delete form.dataset.busy
    for (const button of all('button[aria-disabled]', form)) button.removeAttribute('aria-disabled')
  }
  addEventListener('pageshow', () => all('[data-busy]').forEach(release))

  /* Passwords that can be looked at, and paper for those who keep things on it. */
  on('click', ({ target }) => {
    const button = target.closest('[data-reveal]')
    const field = button && document.getElementById(button.dataset.reveal)
    if (target.closest('[data-print]')) print()
    if (!field) return
    field.type = field.type === 'password' ? 'text' : 'password'
    const [words] = button.childNodes
    const other = button.dataset.hide
    button.dataset.hide = words.textContent
    words.textContent = other
  })

  let pending
  on('change', ({ target }) => {
    const form = target.closest('[data-autosubmit]') && target.form
    if (!form) return
    clearTimeout(pending)
    pending = setTimeout(() => form.isConnected && form.requestSubmit(), 300)
  })

  /* Buttons that write into a text at its cursor: [data-insert="{prenom|}"][data-insert-into="id"]. The form hears of it as of typing. */
  on('click', ({ target }) => {
    const button = target.closest('[data-insert]')
    const field = button && document.getElementById(button.dataset.insertInto)
    if (!field) return
    const text = button.dataset.insert
    const at = field.selectionStart ?? field.value.length
    field.setRangeText(text, at, field.selectionEnd ?? at, 'end')
    field.focus()
    // Behind the bar, where the words for an empty value go.
    if (text.includes('|}')) field.setSelectionRange(at + text.indexOf('|}') + 1, at + text.indexOf('|}') + 1)
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  })

  /* htmx gathers a form when the event happens; a save that waited for the one before it must carry the version that one made, and no file that it took. */
  on('htmx:before:request', ({ detail }) => {
    const { body, form } = detail.ctx.request
    if (!form || !(body instanceof URLSearchParams || body instanceof FormData)) return
    const version = form.elements.namedItem('version')
    if (version && body.has('version')) body.set('version', version.value)
    for (const input of all('[type=file]', form)) if (!input.files.length) body.delete(input.name)
  })

  /* Rows that somebody is at stay as they are: [data-hold] is passed over, and the server only says how many came in meanwhile. */
  const holds = ({ ctx }) => ctx.sourceElement.querySelector?.('[data-hold]:focus-within')
  on('htmx:config:request', ({ detail }) => {
    const held = holds(detail)
    if (!held) return
    detail.ctx.request.body.set('held', '1')
    held.setAttribute('hx-morph-skip', '')
  })
  on('htmx:before:swap', (event) => { if (holds(event.detail)?.hasAttribute('hx-morph-skip') === false) event.preventDefault() }) // focused meanwhile: the next answer is for rows that are held
  on('htmx:finally:request', ({ detail }) => detail.ctx.sourceElement.querySelector?.('[data-hold]')?.removeAttribute('hx-morph-skip'))

  /* htmx: corrections (422) and "moved on" (409) are swapped in; any other failure is said and the page stays as it was. */
  const isPoll = (event) => ['every', 'news'].includes(event.detail.ctx.sourceEvent?.type)
  on('htmx:before:request', (event) => {
    if (!isPoll(event)) return
    if (document.hidden) event.preventDefault()
    event.detail.ctx.request.headers['X-Background'] = '1' // the page asks, not the person: nobody stays signed in by it
  })
  on('htmx:before:swap', (event) => {
    const { response: { status }, sourceElement } = event.detail.ctx
    if (status < 400) document.getElementById(sourceElement.dataset?.focus)?.focus() // what was clicked will be gone
    if (status < 400 || status === 422 || status === 409) return
    event.preventDefault()
    if (!isPoll(event)) say(document.body.dataset.failed)
  })
  on('htmx:error', (event) => { if (!isPoll(event)) say(document.body.dataset.failed) })
  on('htmx:finally:request', ({ detail }) => { if (detail.ctx.sourceElement.dataset?.busy) release(detail.ctx.sourceElement) })
  on('htmx:after:swap', ({ detail }) => {
    start()
    // What is morphed around keeps its attributes; whether a field is in order stands on what is around it.
    for (const input of all('.field [hx-morph-skip]')) {
      if (input.closest('.is-invalid')) input.setAttribute('aria-invalid', 'true')
      else input.removeAttribute('aria-invalid')
    }
    if (detail.ctx.response?.status === 422) document.querySelector('main #errors, main [aria-invalid=true]')?.focus()
  })
}
