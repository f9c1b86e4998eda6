import { ancestors, describe, elements, textOf } from './html.ts'
import type { Element } from './html.ts'

/** Signs that a value was missing or a template was handed the wrong thing. */
const LEAKS = /\bundefined\b|\[object \w+\]|\bNaN\b|Invalid Date|⟦/
const UNLABELLED_TYPES = new Set(['hidden', 'submit', 'reset', 'button', 'image'])

/** What is wrong with a page, or with a fragment (a piece that goes into a page). */
export function markupFaults(root: Element): string[] {
  const all = elements(root)
  const isPage = all.some((element) => element.tag === 'html')
  return [...(isPage ? pageFaults(root, all) : []), ...idFaults(all), ...labelFaults(all), ...formFaults(all), ...leakFaults(root, all)]
}

function pageFaults(root: Element, all: Element[]): string[] {
  const faults: string[] = []
  const headings = all.filter((element) => element.tag === 'h1').map(textOf)
  const title = all.filter((element) => element.tag === 'title' && element.parent?.tag === 'head').map(textOf).join(' | ')
  if (headings.length !== 1) faults.push(`${headings.length} h1: ${headings.join(' | ')}`)
  else if (!title.includes(headings[0]!)) faults.push(`the title « ${title} » does not contain the h1 « ${headings[0]} »`)
  if (!all.find((element) => element.tag === 'html')?.attributes['lang']) faults.push('no lang on html')
  if (textOf(root) === '') faults.push('nothing to read')

  const ids = new Set(all.map((element) => element.attributes['id']))
  for (const element of all) {
    for (const name of ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls']) {
      const missing = (element.attributes[name] ?? '').split(/\s+/).filter((id) => id !== '' && !ids.has(id))
      if (missing.length > 0) faults.push(`${describe(element)} ${name} names ${missing.join(', ')}, which is not there`)
    }
  }
  return faults
}

function idFaults(all: Element[]): string[] {
  const ids = all.flatMap((element) => element.attributes['id'] ?? [])
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index))
  return [...repeated].map((id) => `id ${id} is used more than once`)
}

function labelFaults(all: Element[]): string[] {
  const labelled = new Set(all.filter((element) => element.tag === 'label').map((element) => element.attributes['for']))
  const fields = all.filter((element) => ['input', 'select', 'textarea'].includes(element.tag) && !UNLABELLED_TYPES.has(element.attributes['type'] ?? ''))
  const nameless = fields.filter((field) => {
    const { id } = field.attributes
    const isWrapped = ancestors(field).some((element) => element.tag === 'label')
    return !(isWrapped || hasAriaName(field) || (id && labelled.has(id)))
  })
  const silent = all.filter((element) => (element.tag === 'button' || (element.tag === 'a' && element.attributes['href'] !== undefined)) && !hasAriaName(element) && spoken(element) === '')
  const pictures = all.filter((element) => element.tag === 'img' && element.attributes['alt'] === undefined)
  return [
    ...nameless.map((field) => `${describe(field)} has no label`),
    ...silent.map((element) => `${describe(element)} has no words`),
    ...pictures.map((element) => `${describe(element)} has no alt`),
  ]
}

function hasAriaName({ attributes }: Element): boolean {
  return Boolean(attributes['aria-label'] || attributes['aria-labelledby'])
}

function spoken(element: Element): string {
  const alternatives = elements(element).map((inner) => inner.attributes['alt'] ?? inner.attributes['aria-label'] ?? '')
  return textOf(element) + alternatives.join('')
}

function formFaults(all: Element[]): string[] {
  const faults: string[] = []
  for (const element of all) {
    if (element.tag === 'form' && !element.attributes['action'] && element.attributes['method'] !== 'dialog') faults.push(`${describe(element)} has no action`)
    if (element.tag === 'a' && /^\s*(javascript:|#?$)/i.test(element.attributes['href'] ?? 'none')) faults.push(`${describe(element)} leads nowhere`)
    if (element.tag === 'form' && ancestors(element).slice(1).some((outer) => outer.tag === 'form')) faults.push(`${describe(element)} stands inside another form`)
  }
  return faults
}

function leakFaults(root: Element, all: Element[]): string[] {
  const faults: string[] = []
  const text = textOf(root)
  const leak = LEAKS.exec(text)
  if (leak) faults.push(`« ${text.slice(Math.max(0, leak.index - 60), leak.index + 60)} »`)
  for (const element of all) {
    for (const [name, value] of Object.entries(element.attributes)) {
      if (LEAKS.test(value)) faults.push(`${describe(element)} ${name}="${value.slice(0, 120)}"`)
    }
  }
  return faults
}
