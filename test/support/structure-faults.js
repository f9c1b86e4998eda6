// Runs inside the page, whose names TypeScript does not know here.
// oxlint-disable-next-line no-unused-expressions -- read as text by check-page.ts
() => {
  const faults = []
  const tidy = (text) => (text ?? '').replace(/\s+/g, ' ').trim()
  const headings = [...document.querySelectorAll('h1')].map((heading) => tidy(heading.textContent))
  if (headings.length !== 1) faults.push(`${headings.length} h1: ${headings.join(' | ')}`)
  if (tidy(document.title) === '') faults.push('no title')
  if (!document.documentElement.lang) faults.push('no lang on html')

  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id)
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
  if (repeated.length > 0) faults.push(`repeated ids: ${repeated.join(', ')}`)

  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter((element) => element.scrollWidth > clientWidth)
    const names = wide.slice(-3).map((element) => `<${element.tagName.toLowerCase()} class="${element.className}">`)
    faults.push(`scrolls sideways: ${scrollWidth} of ${clientWidth} pixels, by ${names.join(' ')}`)
  }

  for (const form of document.querySelectorAll('form')) {
    const buttons = [...form.elements].filter((element) => element.matches('button:not([type]), [type=submit], [type=image]'))
    if (buttons.length === 0) faults.push(`form ${form.getAttribute('action')} has no submit button`)
  }
  return faults
}
