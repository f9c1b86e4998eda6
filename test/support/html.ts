// Just enough of an HTML reader to look at our own pages the way a browser would.

export interface Element {
  tag: string
  attributes: Record<string, string>
  children: (Element | string)[]
  parent: Element | undefined
}

const VOID = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'])
/** Elements whose content is text up to their end tag, and of those the ones where `&amp;` still means `&`. */
const RAW = new Set(['script', 'style', 'textarea', 'title'])
const DECODED_RAW = new Set(['textarea', 'title'])
/** HTML lets these end without an end tag. */
const OPTIONAL_END = new Set(['p', 'li', 'dt', 'dd', 'option', 'optgroup', 'tr', 'td', 'th', 'thead', 'tbody', 'tfoot', 'html', 'body', 'head'])
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

const TOKEN = /<!--[^]*?-->|<!doctype[^>]*>|<(\/?)([a-zA-Z][\w:-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi
const ATTRIBUTE = /([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g

/** The tree under a nameless root. Elements that close in the wrong order are reported, not repaired. */
export function parseHtml(html: string): { root: Element; faults: string[] } {
  const root: Element = { tag: '', attributes: {}, children: [], parent: undefined }
  const faults: string[] = []
  let current = root
  let position = 0
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(html); token; token = TOKEN.exec(html)) {
    addText(html.slice(position, token.index), true)
    position = TOKEN.lastIndex
    const tag = token[2]?.toLowerCase()
    if (!tag) continue
    if (token[1]) close(tag)
    else open(tag, token[3] ?? '')
  }
  addText(html.slice(position), true)
  while (current.parent) leave()
  return { root, faults }

  function open(tag: string, source: string): void {
    const element: Element = { tag, attributes: parseAttributes(source, tag, faults), children: [], parent: current }
    current.children.push(element)
    if (VOID.has(tag) || source.endsWith('/')) return
    current = element
    if (!RAW.has(tag)) return
    const end = html.toLowerCase().indexOf(`</${tag}`, position)
    if (end < 0) return
    addText(html.slice(position, end), DECODED_RAW.has(tag))
    position = end
    TOKEN.lastIndex = end
  }

  function close(tag: string): void {
    if (!ancestors(current).some((element) => element.tag === tag)) return void faults.push(`</${tag}> closes nothing`)
    while (current.tag !== tag) leave()
    current = current.parent!
  }

  function leave(): void {
    if (!OPTIONAL_END.has(current.tag)) faults.push(`${describe(current)} is not closed`)
    current = current.parent!
  }

  function addText(text: string, decode: boolean): void {
    if (text !== '') current.children.push(decode ? decodeEntities(text) : text)
  }
}

/** All elements under `root`, in document order. */
export function elements(root: Element): Element[] {
  return root.children.flatMap((child) => (typeof child === 'string' ? [] : [child, ...elements(child)]))
}

export function ancestors(element: Element): Element[] {
  const found: Element[] = []
  for (let at: Element | undefined = element; at; at = at.parent) found.push(at)
  return found
}

/** What a person reads: text without scripts and styles, spaces folded (no-break spaces stay). */
export function textOf(root: Element): string {
  return rawText(root).replace(/[ \t\r\n]+/g, ' ').trim()
}

export function describe(element: Element): string {
  const shown = ['id', 'name', 'href', 'action', 'class'].filter((name) => element.attributes[name] !== undefined)
  return `<${[element.tag, ...shown.map((name) => `${name}="${element.attributes[name]}"`)].join(' ')}>`
}

const INLINE = new Set(['a', 'abbr', 'b', 'bdi', 'code', 'em', 'i', 'kbd', 'mark', 's', 'small', 'span', 'strong', 'sub', 'sup', 'time', 'u', 'var', 'wbr'])

function rawText(root: Element): string {
  if (['script', 'style', 'template'].includes(root.tag)) return ''
  const text = root.children.map((child) => (typeof child === 'string' ? child : rawText(child))).join('')
  return INLINE.has(root.tag) ? text : ` ${text} `
}

function parseAttributes(source: string, tag: string, faults: string[]): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, name, double, single, bare] of source.matchAll(ATTRIBUTE)) {
    if (name! in attributes) faults.push(`<${tag}> has ${name} twice`)
    attributes[name!.toLowerCase()] = decodeEntities(double ?? single ?? bare ?? '')
  }
  return attributes
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    return NAMED[name!] ?? whole
  })
}
