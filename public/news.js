/* Live news, only while the page is in view: one stream says which things changed, and [data-news="campaign:7"] then hears the event `news`. */
{
  const { newsUrl } = document.body.dataset
  const LONGEST_WAIT_MS = 300_000
  let source
  let topics
  let isAgain = false
  let failures = 0
  let timer

  const regions = () => [...document.querySelectorAll('[data-news]')]
  const topicsOf = (region) => region.dataset.news.split(' ')
  // One's own news come without being asked for.
  const wanted = () => [...new Set(regions().flatMap(topicsOf))].filter((topic) => topic !== 'user').sort().join(' ')
  // A page has two bells, of which one is in view.
  const isOut = (region) => region.matches('.bell') && !region.checkVisibility()

  function hear({ data }) {
    failures = 0
    const told = new Set(data.split(' '))
    for (const region of regions()) {
      if (!isOut(region) && (told.has('*') || topicsOf(region).some((topic) => told.has(topic)))) region.dispatchEvent(new CustomEvent('news'))
    }
  }

  function open() {
    clearTimeout(timer)
    if (source || document.hidden || !newsUrl) return
    topics = wanted()
    source = new EventSource(`${newsUrl}?${new URLSearchParams({ topics, ...(isAgain ? { again: '1' } : {}) })}`)
    source.onopen = () => document.documentElement.setAttribute('data-listening', '')
    source.onmessage = hear
    source.onerror = () => {
      close()
      // Not all at once: a server that comes back has enough to do.
      timer = setTimeout(open, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures++) * (0.5 + Math.random()))
    }
  }

  function close() {
    clearTimeout(timer)
    source?.close()
    source = undefined
    isAgain = true // what happens until it is open again is read then
    document.documentElement.removeAttribute('data-listening')
  }

  document.addEventListener('htmx:before:request', (event) => { if (isOut(event.detail.ctx.sourceElement)) event.preventDefault() })
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  addEventListener('pagehide', close)
  addEventListener('pageshow', ({ persisted }) => { if (persisted) open() })
  // Something else is shown than before.
  document.addEventListener('htmx:after:swap', () => {
    if (!source || wanted() === topics) return
    close()
    open()
  })
  open()

  /* The bell opens its panel over the page; without script, or with a key held down, it is a link. */
  const panel = document.getElementById('bell-panel')
  document.addEventListener('click', async (event) => {
    const bell = event.target.closest('[data-panel]')
    if (!bell || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button > 0) return
    event.preventDefault()
    if (panel.matches(':popover-open')) return panel.hidePopover()
    await htmx.ajax('GET', bell.dataset.panel, { target: '#bell-panel', swap: 'innerHTML' })
    panel.showPopover({ source: bell })
    panel.querySelector('button, a')?.focus()
  })
  // The button that was pressed is gone.
  document.addEventListener('htmx:after:swap', () => {
    if (panel?.matches(':popover-open') && document.activeElement === document.body) panel.querySelector('button, a')?.focus()
  })
  panel?.addEventListener('toggle', ({ newState }) => {
    for (const bell of document.querySelectorAll('[data-panel]')) bell.setAttribute('aria-expanded', String(newState === 'open' && !isOut(bell)))
  })
}
