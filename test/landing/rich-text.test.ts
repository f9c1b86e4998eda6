import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { richText } from '../../src/landing/domain.ts'
import type { Frame } from '../../src/landing/frame.views.ts'
import { renderPage } from '../../src/landing/page.ts'
import { translator } from '../../src/words/index.ts'

/** Whatever people or attackers put into a text: markup, our own signs, controls, and plain words between. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom('<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"onmouseover="x', "'", '&lt;b&gt;', '&', '<!--', ']]>', '**', '*', '***', '\n', '\n\n', '\r\n', '\u2028', '<%= it.t %>', '{{x}}', 'javascript:x', '<a href="//evil">', '<strong>', '</p>', '<br>'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  ),
  { maxLength: 14 },
).map((parts) => parts.join(''))

/** Paragraphs of text, bold text and line breaks: nothing else may come out, and no letter of the text may be a tag or an attribute. */
const ALLOWED = /^(<p>([^<>"']|<br>|<strong>[^<>"']*<\/strong>)*<\/p>)*$/
const ENTITY = /&(amp|lt|gt|quot|#39);/g

describe('a company’s text', () => {
  it('becomes paragraphs, bold and line breaks, and never any other markup (F-69)', () => {
    fc.assert(fc.property(hostile, (text) => {
      for (const html of [bodyOf(text), privacyOf(text)]) {
        expect(html).toMatch(ALLOWED)
        expect(html.replaceAll(ENTITY, '')).not.toContain('&')
      }
    }), { numRuns: 300 })
  })

  it('loses nothing but the signs of its own markup', () => {
    const letters = (text: string) => text.replaceAll(/[\s*]/gu, '')
    fc.assert(fc.property(hostile, (text) => {
      expect(letters(richText(text).flat(2).map((piece) => piece.text).join(''))).toBe(letters(text))
    }), { numRuns: 300 })
  })

  it('shows bold between double asterisks, paragraphs between empty lines, and lines as they are', () => {
    expect(bodyOf('Bonjour **vous**,\nvenez.\n\nMerci *tous* **deux')).toBe('<p>Bonjour <strong>vous</strong>,<br>venez.</p><p>Merci *tous* **deux</p>')
  })
})

function bodyOf(text: string): string {
  return between(page(text, ''), '</h1>', '</main>')
}

function privacyOf(text: string): string {
  return between(page('', text), '</summary>', '</details>')
}

function page(body: string, privacy: string): string {
  const frame: Frame = {
    language: 'fr', css: '', ribbon: '', agency: 'A', town: '', ogTitle: '', ogImage: '', header: undefined, footer: undefined, footerText: [], otherLanguage: { language: 'en', label: 'English', navigation: '' },
    call: undefined, why: '', privacy: { label: 'x', text: richText(privacy), language: '' }, stopLabel: '', privacyMore: '', accessibilityLabel: '',
  }
  return renderPage('page', { frame, t: translator('fr'), title: '', heading: 'T', languageUrl: '', stopUrl: '', privacyUrl: '', accessibilityUrl: '', body: richText(body), textLanguage: '' }).toString()
}

function between(html: string, from: string, to: string): string {
  const start = html.indexOf(from) + from.length
  return html.slice(start, html.indexOf(to, start)).trim()
}
