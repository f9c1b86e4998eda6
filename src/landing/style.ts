import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const sheet = minify(readFileSync(path.resolve(import.meta.dirname, '../../views/landing/style.css'), 'utf8'))

/** The colour of pages that belong to no company. */
const NEUTRAL_COLOR = '#3a4256'

export type Scheme = 'light' | 'dark'
export type Style = { css: string; policy: string; previewPolicy: string }
const styles = new Map<string, Style>()

/**
 * The page's style in a company's colour (`#rrggbb`), and the policy that allows exactly this text and nothing else. `scheme`: as
 * who prefers light or dark sees it, whatever the browser prefers; for previews.
 */
export function styleFor(color: string = NEUTRAL_COLOR, scheme?: Scheme): Style {
  const key = `${color} ${scheme ?? ''}`
  const known = styles.get(key)
  if (known) return known
  const css = `:root{--b:${color}}${scheme ? inScheme(sheet, scheme) : sheet}`
  const hash = createHash('sha256').update(css).digest('base64')
  const policy = (ancestors: string) =>
    `default-src 'none'; img-src 'self' data:; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors ${ancestors}`
  const style = { css, policy: policy("'none'"), previewPolicy: policy("'self'") }
  if (styles.size >= 500) styles.clear()
  styles.set(key, style)
  return style
}

/** The same sheet with its answer to the browser's preference given. */
function inScheme(css: string, scheme: Scheme): string {
  return css.replace('color-scheme:light dark', `color-scheme:${scheme}`).replaceAll('@media (prefers-color-scheme:dark)', scheme === 'dark' ? '@media all' : '@media not all')
}

/** Comments and spaces that mean nothing; enough for a sheet written by hand. */
function minify(css: string): string {
  const text = css
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim()
  if (/[<>&"']/.test(text)) throw new Error('views/landing/style.css holds a character that the template would escape')
  return text
}
