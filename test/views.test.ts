import { describe, expect, test } from 'vitest'
import { readSources, source } from './support/sources.ts'
import * as rules from './support/template-rules.ts'
import type { TemplateRule } from './support/template-rules.ts'

const templates = readSources(['views'], ['.eta'])

type Broken = [text: string, message: RegExp]
const cases: Record<string, [TemplateRule, ...Broken[]]> = {
  'Templates compile': [rules.compiles, ['<% if (it.x) { %>a', /Bad template syntax/]],
  'The content policy lets everything through': [
    rules.policy,
    ['<p style="color:red">a</p>', /style=/],
    ['<style>p{}</style>', /<style>/],
    ['<script>let a</script>', /script inside/],
    ['<button onclick="go()">a</button>', /onclick/],
  ],
  'htmx 4 without eval': [
    rules.htmx,
    ['<p hx-on:click="go()"></p>', /hx-on:click.*needs eval/],
    [`<p hx-vals='js:{a: 1}'></p>`, /js: value/],
    ['<p hx-trigger="click[ctrlKey]"></p>', /a filter needs eval/],
    ['<p hx-disinherit="*"></p>', /htmx 4 does not know/],
  ],
  'What is printed is escaped': [rules.escaping, ['<%~ it.comment %>', /prints it\.comment unescaped/], ['<%~ it.isBold ? it.name : it.id %>', /unescaped/]],
  'Partials name their model': [rules.partials, ['<p>a</p>', /does not open with a comment/]],
  'Included templates exist and get their model': [rules.includes, ["<%~ include('/nowhere', { a: 1 }) %>", /names \/nowhere/], ["<%~ include('./_broken') %>", /without naming its model/]],
  'Words live in the catalogues': [
    rules.words,
    ['<p>Bonjour <%= it.name %></p>', /says « Bonjour/],
    ['<input placeholder="Votre nom">', /says « Votre nom/],
    ["<p><%= it.yes ? 'Déjà fait' : '' %></p>", /says « 'Déjà fait'/],
  ],
  'Nothing comes from elsewhere': [rules.foreign, ['<img src="https://cdn.example/a.png" alt="">', /cdn\.example/], ['<a href="//evil.example">…</a>', /evil/]],
}

describe.each(Object.entries(cases))('%s', (_name, [rule, ...broken]) => {
  test('in every template', () => expect(rule(templates)).toEqual([]))
  test.each(broken)('or the rule notices %s', (text, message) => {
    expect(rule([source('views/x/_broken.eta', text)]).join('\n')).toMatch(message)
  })
})

test('good markup breaks no rule', () => {
  const text = `<%/* row: { name, url } */%>\n<tr hx-get="<%= it.row.url %>" hx-trigger="every 5s" hx-status:422="target:#errs"><td class="big"><%= it.row.name %> · 12 – <%~ include('./_broken', { row: it.row }) %></td></tr>`
  for (const [rule] of Object.values(cases)) expect(rule([source('views/x/_broken.eta', text)])).toEqual([])
})
