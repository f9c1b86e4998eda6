import path from 'node:path'
import { Eta } from 'eta'
import type { SourceFile } from './sources.ts'

// Rules about templates. Each takes them all and says what is wrong.
export type TemplateRule = (templates: SourceFile[]) => string[]

const CODE = /<%([-_]?)(=|~)?([^]*?)[-_]?%>/g

/** htmx 4; what earlier versions knew and what needs eval is not here. */
const HTMX = new Set([
  'action', 'boost', 'config', 'confirm', 'delete', 'disable', 'encoding', 'get', 'headers', 'ignore', 'include', 'indicator', 'method', 'morph-skip', 'optimistic',
  'patch', 'post', 'preload', 'preserve', 'push-url', 'put', 'replace-url', 'select', 'select-oob', 'status', 'swap', 'swap-oob', 'sync', 'target',
  'trigger', 'validate', 'vals',
])

/** The landing page and a mail come in one piece: their style and script stand inside and are named in their policy by their hash. */
const isLanding = (file: string) => file.startsWith('views/landing/') || file === 'views/mail/letter.eta' || file === 'views/privacy/copy.eta'

export const compiles: TemplateRule = (templates) => {
  const eta = new Eta()
  return each(templates, ({ text }) => {
    try {
      eta.compile(text)
      return []
    } catch (error) {
      return [(error as Error).message.split('\n')[0]!]
    }
  })
}

export const policy: TemplateRule = (templates) =>
  each(templates, (file) => {
    const html = markup(file)
    const faults = found(html, /\son[a-z]+\s*=\s*["']/gi).map((handler) => `has${handler}…: handlers live in public/`)
    if (isLanding(file.path)) return faults
    return [
      ...faults,
      ...found(html, /\sstyle\s*=/gi).map(() => 'has style=: the policy blocks it'),
      ...found(html, /<style\b/gi).map(() => 'has <style>: the policy blocks it'),
      ...[...html.matchAll(/<script\b([^>]*)>/gi)].filter(([, attributes]) => !/\bsrc=/.test(attributes!)).map(() => 'has a script inside: the policy blocks it'),
    ]
  })

export const htmx: TemplateRule = (templates) =>
  each(templates, (file) => {
    const html = markup(file)
    const names = [...html.matchAll(/\s(?:data-)?hx-([\w-]+)(?::[\w:.-]+)?(?=[\s=>])/g)].map(([, name]) => name!)
    return [
      ...found(html, /\shx-on\b\S*/g).map((attribute) => `has${attribute}: it needs eval`),
      ...found(html, /=\s*["']\s*(?:js|javascript):/gi).map(() => 'has a js: value: it needs eval'),
      ...found(html, /\shx-trigger\s*=\s*("[^"]*\[[^"]*"|'[^']*\[[^']*')/g).map((trigger) => `has${trigger}: a filter needs eval`),
      ...names.filter((name) => name !== 'on' && !HTMX.has(name)).map((name) => `has hx-${name}, which htmx 4 does not know`),
    ]
  })

/** Our own guides, made into HTML by src/help/markdown.ts, which lets none of theirs through. */
const isGuide = (file: string, code: string) => file === 'views/help/show.eta' && code.trim() === 'it.text.html'

/** Whatever is printed is escaped; only templates put HTML into templates, or pieces of it written out on the spot. */
export const escaping: TemplateRule = (templates) =>
  each(templates, ({ path: file, text }) =>
    codes(text)
      .filter(({ kind, code }) => kind === '~' && !isGuide(file, code) && !/^\s*(include\(|it\.body\s*$|[\w.]+ \? '[^']*' : '[^']*'\s*$)/.test(code))
      .map(({ code }) => `prints ${code.trim().slice(0, 60)} unescaped`),
  )

export const partials: TemplateRule = (templates) =>
  each(templates, (file) =>
    path.posix.basename(file.path).startsWith('_') && !/^\s*<%\s*\/[*/]/.test(file.text) ? ['does not open with a comment that names its model'] : [],
  )

export const includes: TemplateRule = (templates) => {
  const there = new Set(templates.map((file) => file.path))
  return each(templates, (file) =>
    codes(file.text).flatMap(({ code }) =>
      [...code.matchAll(/\b(?:include|layout)\(\s*['"]([^'"]+)['"]\s*(,)?/g)].flatMap(([call, name, comma]) => {
        const target = name!.startsWith('/') ? `views${name}` : path.posix.join(path.posix.dirname(file.path), name!)
        const missing = there.has(`${target.replace(/\.eta$/, '')}.eta`) ? [] : [`names ${name}, which is not there`]
        // Eta hands the whole data of the page on; then a partial works in a page and is empty as a fragment.
        return call.startsWith('include') && !comma ? [...missing, `includes ${name} without naming its model`] : missing
      }),
    ),
  )
}

/** Words live in the catalogues: neither between tags, nor in attributes people meet, nor in code. */
export const words: TemplateRule = (templates) =>
  each(templates, (file) => {
    const html = markup(file).replace(/<(script|style)\b[^]*?<\/\1>/gi, '').replace(/<!--[^]*?-->/g, '').replace(/&\w+;/g, '')
    const between = html.replace(/<[a-z/!\u2026](?:[^>"']|"[^"]*"|'[^']*')*>/gi, '\n').split('\n')
    const attributes = [...html.matchAll(/\s(?:title|alt|placeholder|aria-label|aria-description|label|content)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([whole, a, b]) => (/content/.test(whole) ? '' : (a ?? b)!))
    const strings = codes(file.text).filter(({ code }) => !/^\s*\/[*/]/.test(code)).flatMap(({ code }) => code.match(/'[^'\n]*'|"[^"\n]*"/g) ?? []).filter((text) => /[À-ÿ’«»]/.test(text))
    return [...between, ...attributes, ...strings].map((text) => text.trim()).filter((text) => strings.includes(text) || /\p{L}{2,}/u.test(text)).map((text) => `says « ${text.slice(0, 60)} »`)
  })

/** Everything comes from us. */
export const foreign: TemplateRule = (templates) =>
  each(templates, (file) => found(markup(file), /\s(?:src|href|action|srcset)\s*=\s*["'](?:https?:)?\/\/[^"']*/gi).map((address) => `loads or leads to${address}…`))

/** HTML with the template code taken out; what is printed leaves a mark that is no word. */
function markup({ text }: SourceFile): string {
  return text.replace(CODE, (_whole, _trim, kind: string | undefined) => (kind === '=' ? '\u2026' : ''))
}

function codes(text: string): { kind: string | undefined; code: string }[] {
  return [...text.matchAll(CODE)].map(([, , kind, code]) => ({ kind, code: code! }))
}

function found(text: string, pattern: RegExp): string[] {
  return text.match(pattern) ?? []
}

function each(templates: SourceFile[], judge: (file: SourceFile) => string[]): string[] {
  return templates.flatMap((file) => judge(file).map((fault) => `${file.path} ${fault}`))
}
