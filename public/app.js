/* Comfort on top of pages that work without it: selection in tables, keyboard, double-submit guard, copying, filters that apply themselves. */
'use strict'
{
  const page = document.documentElement
  const number = new Intl.NumberFormat(page.lang)
  const plural = new Intl.PluralRules(page.lang)
  const on = (type, handler, capture) => document.addEventListener(type, handler, capture)
  const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null

  /* ---- Selection: form[data-select="key of the search"][data-total]. It survives paging; `all` means the search itself, minus `except`. */
  const states = new WeakMap()
  const boxesOf = (region) => [...region.querySelectorAll('tbody .check-box')]
  const storeKey = (region) => region.dataset.select && `select:${location.pathname}:${region.dataset.select}`
  let lastBox

  function stateOf(region) {
    let state = states.get(region)
    if (state) return state
    let kept
    try { kept = JSON.parse(sessionStorage.getItem(storeKey(region))) } catch { /* storage refused or unreadable: start afresh */ }
    state = { all: kept?.all === true, ids: new Set(kept?.ids), except: new Set(kept?.except) }
    // The browser may have restored ticks by itself after Back.
    if (!state.all) for (const box of boxesOf(region)) if (box.checked) state.ids.add(box.value)
    states.set(region, state)
    return state
  }

  function showSelection(region) {
    const state = stateOf(region)
    const boxes = boxesOf(region)
    for (const box of boxes) box.checked = state.all ? !state.except.has(box.value) : state.ids.has(box.value)
    const checked = boxes.filter((box) => box.checked).length
    const total = Number(region.dataset.total) || boxes.length
    const count = state.all ? Math.max(0, total - state.except.size) : state.ids.size
    for (const box of region.querySelectorAll('[data-select-page]')) {
      box.checked = checked > 0 && checked === boxes.length
      box.indeterminate = checked > 0 && checked < boxes.length
    }
    region.toggleAttribute('data-selected', count > 0)
    for (const place of region.querySelectorAll('[data-select-count]')) {
      const form = plural.select(count) === 'one' ? 'one' : 'other'
      const words = state.all && state.except.size ? place.dataset[form === 'one' ? 'exceptOne' : 'exceptOther'] : place.dataset[form]
      const text = words.replace('{n}', number.format(count)).replace('{except}', number.format(state.except.size))
      if (place.textContent !== text) place.textContent = text
    }
    const banner = region.querySelector('[data-select-banner]')
    if (banner) {
      const text = banner.querySelector('[data-select-page-text]')
      banner.hidden = boxes.length === 0 || total <= boxes.length || (state.all ? state.except.size > 0 : checked < boxes.length)
      text.textContent = state.all ? text.dataset.all : text.dataset[plural.select(checked) === 'one' ? 'one' : 'other'].replace('{n}', number.format(checked))
      banner.querySelector('[data-select-all]').hidden = state.all
    }
    writeFields(region, state, boxes)
    const key = storeKey(region)
    try {
      if (key && count) sessionStorage.setItem(key, JSON.stringify({ all: state.all, ids: [...state.ids], except: [...state.except] }))
      else if (key) sessionStorage.removeItem(key)
    } catch { /* storage refused or full: the selection lives on this page only */ }
  }

  /** Hidden fields for what the ticked boxes of this page cannot say. With `all`, only exceptions matter and ticked ids are ignored by the server. */
  function writeFields(region, state, boxes) {
    region.querySelector('[data-select-fields]')?.remove()
    const name = boxes[0]?.name ?? region.dataset.name
    const here = new Set(boxes.map((box) => box.value))
    const fields = state.all ? [['all', '1'], ...[...state.except].map((id) => ['except', id])] : [...state.ids].filter((id) => !here.has(id)).map((id) => [name, id])
    if (!fields.length) return
    const holder = document.createElement('span')
    holder.hidden = true
    holder.setAttribute('data-select-fields', '')
    for (const [field, value] of fields) {
      const input = document.createElement('input')
      Object.assign(input, { type: 'hidden', name: field, value })
      holder.append(input)
    }
    region.append(holder)
  }

  function pick(region, box, checked) {
    const state = stateOf(region)
    if (state.all) state.except[checked ? 'delete' : 'add'](box.value)
    else state.ids[checked ? 'add' : 'delete'](box.value)
  }

  on('click', (event) => {
    const region = event.target.closest('[data-select]')
    if (!region) return
    const boxes = boxesOf(region)
    if (event.target.matches('tbody .check-box')) {
      const box = event.target
      const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)]
      const range = event.shiftKey && from >= 0 ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box]
      for (const each of range) pick(region, each, box.checked)
      lastBox = box
    } else if (event.target.matches('[data-select-page]')) {
      for (const box of boxes) pick(region, box, event.target.checked)
    } else if (event.target.closest('[data-select-all]')) {
      states.set(region, { all: true, ids: new Set(), except: new Set() })
      showSelection(region)
      region.querySelector('[data-select-bar] button, [data-select-page]')?.focus()
      return
    } else if (event.target.closest('[data-select-clear]')) {
      states.set(region, { all: false, ids: new Set(), except: new Set() })
      for (const box of boxes) box.checked = false
      showSelection(region)
      region.querySelector('[data-select-page]')?.focus()
      return
    } else return
    showSelection(region)
  })

  function start(root = document) {
    for (const region of root.querySelectorAll('[data-select]')) showSelection(region)
  }

  if (document.querySelector('[data-select-forget]')) {
    try { for (const key of Object.keys(sessionStorage)) if (key.startsWith('select:')) sessionStorage.removeItem(key) } catch { /* nothing stored then */ }
  }
  start()

  /* ---- Keyboard. Off inside fields, and wholly with body[data-shortcuts=off] (WCAG 2.1.4). */
  let went = 0
  on('keydown', (event) => {
    if (event.key === 'Escape') return closeMenus(true)
    if (document.body.dataset.shortcuts === 'off' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog')) return
    const action = { '/': focusSearch, '?': () => open('shortcuts'), j: () => moveRow(1), k: () => moveRow(-1), x: toggleRow, g: () => { went = Date.now(); return true } }[event.key]
    const target = Date.now() - went < 1500 && event.key !== 'g' && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)
    if (target) return target.click()
    if (action?.()) event.preventDefault()
  })

  function focusSearch() {
    const field = [...document.querySelectorAll('main [type=search]')].find(visible)
    field?.focus()
    field?.select()
    return field
  }
  const rows = () => [...document.querySelectorAll('main .table tbody tr, main [data-rows] > *')].filter(visible)
  const currentRow = () => rows().find((row) => row.contains(document.activeElement))
  function moveRow(step) {
    const all = rows()
    const at = all.indexOf(currentRow())
    const row = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step]
    const stop = row?.querySelector('a[href], button, summary') ?? row?.querySelector('input')
    stop?.focus()
    row?.scrollIntoView({ block: 'nearest' })
    return stop
  }
  function toggleRow() {
    const box = currentRow()?.querySelector('.check-box')
    box?.click()
    return box
  }
  function open(id) {
    const dialog = document.getElementById(id)
    if (dialog && !dialog.open) dialog.showModal()
    return dialog
  }

  /* ---- Menus: one open at a time; Escape and a click elsewhere close them. */
  function closeMenus(keepFocus, except) {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (menu === except) continue
      if (keepFocus && menu.contains(document.activeElement)) menu.querySelector('summary').focus()
      menu.open = false
    }
  }
  on('click', (event) => {
    closeMenus(false, event.target.closest('details.menu'))
    const opener = event.target.closest('[data-open]')
    if (opener) { closeMenus(); open(opener.dataset.open) }
    if (event.target.matches('dialog')) event.target.close()
  })

  /* ---- Forms. */
  on('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-once]') || event.defaultPrevented) return
    if (form.dataset.busy) return event.preventDefault()
    form.dataset.busy = '1'
    const buttons = [...form.querySelectorAll('button:not([type=button]), [type=submit]'), ...(event.submitter ? [event.submitter] : [])]
    for (const button of buttons) button.setAttribute('aria-disabled', 'true')
    setTimeout(() => release(form, buttons), 8000)
  }, true)
  function release(form, buttons) {
    delete form.dataset.busy
    for (const button of buttons) button.removeAttribute('aria-disabled')
  }
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    for (const form of document.querySelectorAll('[data-busy]')) release(form, form.querySelectorAll('[aria-disabled]'))
    start()
  })

  let pending
  on('change', (event) => {
    const form = event.target.closest('[data-autosubmit]') && event.target.form
    if (!form) return
    clearTimeout(pending)
    pending = setTimeout(() => form.isConnected && form.requestSubmit(), 300)
  })

  on('click', async (event) => {
    const button = event.target.closest('[data-copy], [data-copy-from]')
    if (!button) return
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom)
    try {
      await navigator.clipboard.writeText(source ? (source.value ?? source.textContent) : button.dataset.copy)
      say(button.dataset.copied)
    } catch {
      say(button.dataset.copyFailed) // permission refused, or plain http
    }
  })

  let quiet
  function say(text) {
    const toast = document.getElementById('toast')
    if (!toast || !text) return
    toast.textContent = text
    clearTimeout(quiet)
    quiet = setTimeout(() => { toast.textContent = '' }, 5000)
  }

  /* ---- htmx. Corrections (422) and "moved on" (409) are swapped in; other failures are said, and the page stays as it was. */
  on('htmx:before:request', (event) => {
    if (document.hidden && event.detail.ctx.sourceEvent?.type === 'every') event.preventDefault()
  })
  on('htmx:before:swap', (event) => {
    const status = event.detail.ctx?.response?.status
    if (status >= 400 && status !== 422 && status !== 409) { event.preventDefault(); say(document.body.dataset.failed) }
  })
  on('htmx:error', (event) => { if (event.detail.ctx?.sourceEvent?.type !== 'every') say(document.body.dataset.failed) })
  on('htmx:after:swap', (event) => {
    start()
    if (event.detail.ctx?.response?.status !== 422) return
    (document.querySelector('main #errors') ?? document.querySelector('main [aria-invalid=true]'))?.focus()
  })
}
