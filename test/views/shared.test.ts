import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { shared } from '../../src/words/shared.ts'
import { renderTemplate } from './kit/server.ts'

const root = path.resolve(import.meta.dirname, '../..')
const HOSTILE = `"><script>alert('x')</script>`
const link = { href: HOSTILE, label: HOSTILE }

/** Each partial with the least it needs, and with everything, all of it hostile. */
const MODELS: Record<string, [least: object, most: object]> = {
  _actions: [{ menu: { label: 'Actions', items: [] } }, { menu: { label: HOSTILE, look: 'primary', icon: 'send', items: [{ ...link, attrs: { 'data-x': HOSTILE } }, { label: HOSTILE, post: HOSTILE, fields: { a: HOSTILE }, isDanger: true }, { note: HOSTILE }, { isLine: true }] } }],
  _answers: [{ answers: { yes: 0, no: 0, waiting: 0 } }, { answers: { yes: 1, no: 2, waiting: 3, yesUrl: HOSTILE, isLarge: true } }],
  '_check-box': [{ row: { isPage: true } }, { row: { name: HOSTILE, value: HOSTILE, label: HOSTILE, isChecked: true } }],
  _choice: [{ choice: { name: 'a', legend: 'A', options: [{ value: '1', label: 'Un' }] } }, { choice: { name: 'a', legend: HOSTILE, hint: HOSTILE, error: HOSTILE, isOptional: true, attrs: { 'data-x': HOSTILE }, options: [{ value: HOSTILE, label: HOSTILE, hint: HOSTILE, count: HOSTILE }] } }],
  _confirm: [{ confirm: { heading: 'Sûr ?', action: '/x', submit: { label: 'Oui' }, cancel: { href: '/' } } }, { confirm: { heading: HOSTILE, text: HOSTILE, points: [HOSTILE], action: HOSTILE, fields: { a: HOSTILE }, submit: { label: HOSTILE }, cancel: link } }],
  _crumbs: [{ crumbs: [] }, { crumbs: [link] }],
  _empty: [{ empty: { text: 'Rien' } }, { empty: { heading: HOSTILE, text: HOSTILE, action: link } }],
  _errors: [{ errors: [] }, { errors: [{ field: HOSTILE, text: HOSTILE }, { text: HOSTILE }] }],
  _field: [{ field: { name: 'a', label: 'A' } }, { field: { name: 'a', label: HOSTILE, hint: HOSTILE, error: HOSTILE, value: HOSTILE, isOptional: true, prefix: HOSTILE, suffix: HOSTILE, attrs: { 'hx-get': HOSTILE } } }],
  _file: [{ file: { name: 'a', label: 'A' } }, { file: { name: 'a', label: HOSTILE, hint: HOSTILE, error: HOSTILE, accept: HOSTILE } }],
  _flash: [{ flash: { kind: 'ok', text: 'Fait' } }, { flash: { kind: 'error', text: HOSTILE, detail: HOSTILE, link } }],
  _help: [{ help: { href: '/help', label: 'Aide' } }, { help: link }],
  _icon: [{ icon: 'x' }, { icon: HOSTILE }],
  _pager: [{ pager: { from: 0, to: 0, total: 0 } }, { pager: { from: 1, to: 50, total: 10_000, isCapped: true, previousUrl: HOSTILE, nextUrl: HOSTILE, firstUrl: HOSTILE, target: HOSTILE } }],
  _phone: [{ phone: { sender: '38047', bubbles: [] } }, { phone: { sender: HOSTILE, label: HOSTILE, bubbles: [{ text: HOSTILE, time: HOSTILE, note: HOSTILE }, { parts: [{ text: HOSTILE, isField: true }, { text: HOSTILE, href: HOSTILE }, { text: HOSTILE }], isOwn: true }] } }],
  _picture: [
    { place: { role: 'header', title: 'Image', emptyText: 'Aucune', brandColor: '#000000', pendingId: '', file: { name: 'a', label: 'A', hint: 'B', accept: 'image/png' } } },
    { place: { role: 'header', title: HOSTILE, brandColor: HOSTILE, pendingId: HOSTILE, picture: { url: HOSTILE, alt: HOSTILE, width: 640, height: 200, note: HOSTILE }, file: { name: 'a', label: HOSTILE, hint: HOSTILE, accept: HOSTILE, error: HOSTILE }, remove: { name: HOSTILE, label: HOSTILE, isChecked: true } } },
  ],
  _pill: [{ pill: { text: 'Oui', tone: 'ok' } }, { pill: { text: HOSTILE, tone: 'error' } }],
  _progress: [{ progress: { label: 'Envoi', value: 0, max: 0 } }, { progress: { label: HOSTILE, value: 1, max: 2, text: HOSTILE } }],
  _search: [{ search: { action: '/x', label: 'Chercher' } }, { search: { action: HOSTILE, label: HOSTILE, value: HOSTILE, placeholder: HOSTILE, fields: { a: HOSTILE }, attrs: { 'hx-get': HOSTILE } } }],
  '_selection-banner': [{ selection: { total: 1 } }, { selection: { total: 1243 } }],
  '_selection-bar': [{ selection: { total: 1, actions: [] } }, { selection: { total: 2, actions: [{ label: HOSTILE, name: HOSTILE, value: HOSTILE, action: HOSTILE, attrs: { 'data-x': HOSTILE } }] } }],
  _sentence: [{ sentence: { parts: [] } }, { sentence: { lead: HOSTILE, parts: [{ text: HOSTILE, removeUrl: HOSTILE }], clearUrl: HOSTILE, target: HOSTILE } }],
  _stats: [{ stats: { label: 'Chiffres', items: [] } }, { stats: { label: HOSTILE, items: [{ value: HOSTILE, ...link }, { value: HOSTILE, label: HOSTILE }] } }],
  '_summary-list': [{ list: { rows: [{ term: 'Nom', text: 'Amadou' }] } }, { list: { isTight: true, rows: [{ term: HOSTILE, lines: [HOSTILE], state: 'ok', link: { ...link, hint: HOSTILE } }, { term: HOSTILE, text: HOSTILE, link: { href: HOSTILE } }] } }],
  _switch: [{ toggle: { name: 'a', label: 'A', isOn: false } }, { toggle: { name: 'a', label: HOSTILE, hint: HOSTILE, isOn: true, value: HOSTILE, attrs: { 'data-x': HOSTILE } } }],
  _tabs: [{ tabs: { label: 'Vues', items: [] } }, { tabs: { label: HOSTILE, items: [{ ...link, count: HOSTILE, isCurrent: true }], attrs: { 'hx-get': HOSTILE } } }],
  _timeline: [{ timeline: { items: [] } }, { timeline: { items: [{ heading: HOSTILE, icon: 'x', when: HOSTILE, datetime: HOSTILE, exact: HOSTILE, text: HOSTILE, quote: HOSTILE, meta: HOSTILE, link }] } }],
}

describe.each(Object.entries(MODELS))('the partial %s', (name, [least, most]) => {
  test.each(['fr', 'en'] as const)('prints no missing value in %s', (language) => {
    expect(renderTemplate(`/shared/${name}`, least, language)).not.toMatch(/undefined|null|NaN|\[object/)
    expect(renderTemplate(`/shared/${name}`, most, language)).not.toMatch(/undefined|null|NaN|\[object/)
  })

  test('shows hostile text as text', () => {
    expect(renderTemplate(`/shared/${name}`, most)).not.toContain('<script')
  })
})

test('every shared partial that a page includes is exercised above', () => {
  const files = readdirSync(path.join(root, 'views/shared')).map((file) => file.replace('.eta', ''))
  const ofLayouts = ['_account', '_shortcuts']
  expect(Object.keys(MODELS).concat(ofLayouts).sort()).toEqual(files.sort())
})

test('a textarea keeps a first empty line', () => {
  expect(renderTemplate('/shared/_field', { field: { name: 'a', label: 'A', type: 'textarea', value: '\nx' } })).toContain('>\n\nx</textarea>')
})

test('a select marks the value it was given', () => {
  const html = renderTemplate('/shared/_field', { field: { name: 'a', label: 'A', type: 'select', value: 2, emptyLabel: '', options: [{ value: '1', label: 'Un' }, { group: 'G', options: [{ value: '2', label: 'Deux' }] }] } })
  expect(html).toContain('<option value="2" selected>Deux</option>')
  expect(html.match(/selected/g)).toHaveLength(1)
})

test('every icon that a template or a view model names is in the sprite', () => {
  const sprite = readFileSync(path.join(root, 'public/icons.svg'), 'utf8')
  const known = new Set([...sprite.matchAll(/<symbol id="([^"]+)"/g)].map(([, id]) => id))
  const used = [...templates(), ...files('src', '.ts')].flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bicon: '([a-z0-9-]+)'/g)].map(([, icon]) => icon!))
  expect(used.length).toBeGreaterThan(10)
  expect(used.filter((icon) => !known.has(icon))).toEqual([])
})

test('no template leans on what the content policy forbids', () => {
  const offenders = templates().filter((file) => !file.includes(`${path.sep}landing${path.sep}`)).filter((file) => /\sstyle=|\son[a-z]+=|hx-on|="js:|<script>/.test(readFileSync(file, 'utf8')))
  expect(offenders).toEqual([])
})

test('French words keep their punctuation on the line', () => {
  const loose = Object.entries(shared.fr).filter(([, text]) => / [:;!?»]|« |[^\s\u00a0\u202f]»|«[^\u00a0\u202f]/.test(text))
  expect(loose).toEqual([])
})

function templates(): string[] {
  return files('views', '.eta')
}

function files(folder: string, ending: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending)).map((name) => path.join(root, folder, name))
}
