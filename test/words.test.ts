import { describe, expect, test } from 'vitest'
import { catalogues } from '../src/words/index.ts'
import { readIcu } from './support/icu.ts'
import { readSources, source } from './support/sources.ts'
import { findWordUses } from './support/word-uses.ts'

const keys = Object.keys(catalogues.fr)
const uses = findWordUses([...readSources(['src'], ['.ts']).filter(({ path }) => !path.startsWith('src/words/')), ...readSources(['views'], ['.eta'])])

describe('The catalogues', () => {
  test('have the same keys in both languages', () => {
    expect(Object.keys(catalogues.en).sort()).toEqual([...keys].sort())
  })

  test('have no empty text', () => {
    const empty = (['fr', 'en'] as const).flatMap((language) => Object.entries(catalogues[language]).filter(([, text]) => text.trim() === '').map(([key]) => `${language} ${key}`))
    expect(empty).toEqual([])
  })

  test('are valid ICU, with the same arguments in both languages', () => {
    const faults = keys.flatMap((key) => {
      try {
        const [fr, en] = [readIcu(catalogues.fr[key]!, 'fr'), readIcu(catalogues.en[key]!, 'en')]
        return fr.args.join() === en.args.join() ? [] : [`${key}: {${fr.args}} in French, {${en.args}} in English`]
      } catch (error) {
        return [`${key}: ${(error as Error).message}`]
      }
    })
    expect(faults).toEqual([])
  })
})

describe('French sentences', () => {
  test('have no-break spaces where French wants them (node test/support/french-spaces.ts puts them)', () => {
    expect(keys.filter((key) => !isSms(key)).flatMap((key) => spacingFaults(key, catalogues.fr[key]!))).toEqual([])
  })

  test.each(['Erreur:', 'Erreur :', 'Vraiment ?', '« oui »', '{name}: oui', '{n, plural, one {Quoi ?} other {Quoi\u00a0?}}'])('« %s » would be noticed', (text) => {
    expect(spacingFaults('key', text)).not.toEqual([])
  })

  test.each(['Erreur\u00a0:', 'À 14:30', 'https://exemple.fr/?a', '«\u00a0{name}\u00a0»', 'Quoi\u202f!', '{name}\u00a0: oui'])('« %s » is right', (text) => {
    expect(spacingFaults('key', text)).toEqual([])
  })
})

test('apostrophes are typographic, except in SMS where they would cost a longer encoding', () => {
  const faults = (['fr', 'en'] as const).flatMap((language) =>
    keys.filter((key) => !isSms(key)).filter((key) => readIcu(catalogues[language][key]!, language).variants.some((text) => /\p{L}'\p{L}/u.test(text))).map((key) => `${language} ${key}: ${catalogues[language][key]}`),
  )
  expect(faults).toEqual([])
})

describe('Code and templates', () => {
  test('use only keys that exist', () => {
    const missing = uses.calls.filter(({ key }) => !(key in catalogues.fr)).map(({ file, key }) => `${file}: ${key}`)
    expect(missing).toEqual([])
  })

  test('hand over every argument a sentence needs', () => {
    const faults = uses.calls.filter(({ key }) => key in catalogues.fr).flatMap(({ file, key, args }) => {
      const missing = readIcu(catalogues.fr[key]!, 'fr').args.filter((name) => args && !args.includes(name))
      return missing.length > 0 ? [`${file}: ${key} needs {${missing}}`] : []
    })
    expect(faults).toEqual([])
  })

  test('use every key', () => {
    const unused = keys.filter((key) => !uses.mentioned.has(key) && !uses.prefixes.some((prefix) => key.startsWith(prefix)))
    expect(unused).toEqual([])
  })

  test('are searched well', () => {
    const text = "t('a.b'); it.t(\"a.c\", { n: f({ x: 1 }), name }); t(`a.kind.${k}`); t('a.' + k); const label = 'a.d'; t('a.e', args); format('a.f')"
    const found = findWordUses([source('src/x/routes.ts', text)])
    expect(found.calls.map(({ key, args }) => [key, args])).toEqual([['a.b', []], ['a.c', ['n', 'name']], ['a.e', undefined]])
    expect(found.mentioned).toContain('a.d')
    expect(found.prefixes).toEqual(['a.kind.', 'a.'])
  })
})

/** Texts of SMS: a no-break space is not in the GSM alphabet and would halve what fits into one. */
function isSms(key: string): boolean {
  return key.includes('.sms.')
}

function spacingFaults(key: string, text: string): string[] {
  // Not French punctuation: addresses and times.
  const judged = (variant: string) => variant.replace(/https?:\/\/\S*/g, 'x').replace(/\d:\d/g, 'x')
  const wrong = readIcu(text, 'fr').variants.map(judged).filter((variant) => /[^\u00a0\u202f:;!?»][:;!?»]|«[^\u00a0\u202f]/u.test(variant))
  return wrong.length > 0 ? [`${key}: ${wrong[0]}`] : []
}
