import { ancestors, describe, elements, textOf } from './html.ts'
import type { Element } from './html.ts'

export interface UploadedFile {
  filename: string
  content: string | Uint8Array
  type?: string
}

/** Field name → what the person types or ticks; undefined leaves it empty. */
export type FormValues = Record<string, string | string[] | UploadedFile | undefined>

export interface FilledForm {
  action: string
  method: 'get' | 'post'
  isMultipart: boolean
  fields: [string, string][]
  files: [string, UploadedFile][]
}

/** The form whose action contains `action`; without it, the only form of the main part (or of the fragment). */
export function findForm(root: Element, action?: string): Element {
  const forms = elements(root).filter(({ tag }) => tag === 'form')
  const isPage = elements(root).some(({ tag }) => tag === 'main')
  const candidates = action === undefined
    ? forms.filter((form) => !isPage || ancestors(form).some(({ tag }) => tag === 'main'))
    : forms.filter((form) => form.attributes['action']?.includes(action))
  if (candidates.length === 1) return candidates[0]!
  const exact = candidates.filter((form) => form.attributes['action'] === action)
  if (exact.length === 1) return exact[0]!
  throw new Error(`${candidates.length} forms match ${action ?? 'the main part'}; there are: ${forms.map(describe).join(' ') || 'none'}`)
}

/** What a browser would send: hidden fields, what was filled in already, and `values` over them. */
export function fillForm(form: Element, values: FormValues, buttonText?: string): FilledForm {
  const controls = controlsOf(form).filter(({ attributes }) => attributes['disabled'] === undefined && attributes['name'])
  const names = new Set(controls.map(({ attributes }) => attributes['name']))
  const unknown = Object.keys(values).filter((name) => !names.has(name))
  if (unknown.length > 0) throw new Error(`${describe(form)} has no field ${unknown.join(', ')}; it has ${[...names].join(', ')}`)

  const button = findButton(form, buttonText)
  const files = Object.entries(values).filter((entry): entry is [string, UploadedFile] => isFile(entry[1]))
  const untouched = controls.filter(({ attributes }) => !(attributes['name']! in values)).flatMap(currentValues)
  const typed = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || isFile(value) ? [] : [value].flat().map((one): [string, string] => [name, checkChoice(controls, name, one)]),
  )
  const pressed: [string, string][] = button?.attributes['name'] ? [[button.attributes['name'], button.attributes['value'] ?? '']] : []
  return {
    action: button?.attributes['formaction'] ?? form.attributes['action'] ?? '',
    method: (button?.attributes['formmethod'] ?? form.attributes['method'])?.toLowerCase() === 'post' ? 'post' : 'get',
    isMultipart: form.attributes['enctype'] === 'multipart/form-data',
    fields: [...untouched, ...typed, ...pressed],
    files,
  }
}

/** Controls inside the form and those that name it by their `form` attribute. */
function controlsOf(form: Element): Element[] {
  const page = ancestors(form).at(-1)!
  const inside = elements(form).filter(({ attributes }) => attributes['form'] === undefined)
  const { id } = form.attributes
  const outside = id ? elements(page).filter(({ attributes }) => attributes['form'] === id) : []
  return [...inside, ...outside].filter(({ tag }) => ['input', 'select', 'textarea'].includes(tag))
}

function currentValues(control: Element): [string, string][] {
  const { name = '', type = 'text', value } = control.attributes
  const pair = (text: string): [string, string][] => [[name, text]]
  if (['submit', 'button', 'reset', 'image', 'file'].includes(type)) return []
  if (type === 'checkbox' || type === 'radio') return control.attributes['checked'] === undefined ? [] : pair(value ?? 'on')
  if (control.tag === 'textarea') return pair(control.children.join('').replace(/^\r?\n/, ''))
  if (control.tag === 'select') return chosenOptions(control).flatMap((option) => pair(optionValue(option)))
  return pair(value ?? '')
}

function chosenOptions(select: Element): Element[] {
  const options = elements(select).filter(({ tag }) => tag === 'option')
  const chosen = options.filter(({ attributes }) => attributes['selected'] !== undefined)
  return chosen.length > 0 || select.attributes['multiple'] !== undefined ? chosen : options.slice(0, 1)
}

/** Nobody can pick what is not offered; hostile values go through `post`. */
function checkChoice(controls: Element[], name: string, value: string): string {
  const named = controls.filter(({ attributes }) => attributes['name'] === name)
  const isChoice = named.every(({ tag, attributes }) => tag === 'select' || ['checkbox', 'radio'].includes(attributes['type'] ?? ''))
  const offered = named.flatMap((control) => (control.tag === 'select' ? elements(control).filter(({ tag }) => tag === 'option').map(optionValue) : [control.attributes['value'] ?? 'on']))
  if (isChoice && !offered.includes(value)) throw new Error(`${name} does not offer ${value}; it offers ${offered.join(', ')}`)
  return value
}

function optionValue(option: Element): string {
  return option.attributes['value'] ?? textOf(option)
}

function findButton(form: Element, text?: string): Element | undefined {
  const { id } = form.attributes
  const page = ancestors(form).at(-1)!
  const buttons = elements(page).filter(({ tag, attributes }) => tag === 'button' && !['button', 'reset'].includes(attributes['type'] ?? 'submit'))
  const own = buttons.filter((button) => (button.attributes['form'] ? button.attributes['form'] === id : ancestors(button).includes(form)))
  if (text === undefined) return own[0]
  const found = own.find((button) => textOf(button) === text) ?? own.find((button) => textOf(button).includes(text))
  if (!found) throw new Error(`${describe(form)} has no button « ${text} »; it has ${own.map(textOf).join(', ') || 'none'}`)
  return found
}

function isFile(value: FormValues[string]): value is UploadedFile {
  return typeof value === 'object' && !Array.isArray(value)
}
