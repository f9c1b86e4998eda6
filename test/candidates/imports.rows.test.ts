import { describe, expect, it } from 'vitest'
import { checkMapping, guessMapping } from '../../src/candidates/imports.domain.ts'
import { openFile, rowsOf } from '../../src/candidates/imports.file.ts'
import { readDate, readRow } from '../../src/candidates/imports.rows.ts'

const FRENCH = 'Nom;Prénom;Téléphone portable;E-mail;Métier\r\nLefèvre;Zoé;06 39 98 00 01;zoe@example.org;Maçon\r\n'

describe('opening a file', () => {
  it.each([
    ['UTF-8', Buffer.from(FRENCH)],
    ['UTF-8', Buffer.from(`\uFEFF${FRENCH}`)],
    ['Windows-1252', Buffer.from(FRENCH, 'latin1')],
    ['UTF-16', Buffer.from(`\uFEFF${FRENCH}`, 'utf16le')],
    ['UTF-16', Buffer.from(`\uFEFF${FRENCH}`, 'utf16le').swap16()],
  ])('reads %s and its accents', (encoding, bytes) => {
    expect(openFile(bytes)).toMatchObject({ encoding, delimiter: ';', header: ['Nom', 'Prénom', 'Téléphone portable', 'E-mail', 'Métier'], rowCount: 1 })
  })

  it.each([',', ';', '\t', '|'])('recognises the delimiter %j', (delimiter) => {
    expect(openFile(Buffer.from(FRENCH.replaceAll(';', delimiter)))).toMatchObject({ delimiter })
  })

  it.each([
    ['empty', Buffer.alloc(0)],
    ['empty', Buffer.from(' \r\n ')],
    ['no_rows', Buffer.from('Nom;Prénom\r\n')],
    ['spreadsheet', Buffer.from('PK\u0003\u0004rest of a workbook')],
    ['not_text', Buffer.from('a;b\n\u0000;\u0000\n')],
    ['too_many_columns', Buffer.from(`${'c;'.repeat(300)}\n1;2\n`)],
  ])('says %s', (problem, bytes) => {
    expect(openFile(bytes)).toEqual({ problem })
  })
})

describe('rows of a file', () => {
  it('keep the line on which they begin, over blank lines, quoted line breaks and group borders', () => {
    const text = 'a;b\r\n1;"two\r\nlines"\r\n\r\n2;x\r\n3;y\r\n'
    for (const groupSize of [1, 2, 3, 100]) {
      const rows = [...rowsOf(text, ';', groupSize)].flat()
      expect(rows, `groups of ${groupSize}`).toEqual([
        { line: 2, cells: ['1', 'two\r\nlines'] },
        { line: 5, cells: ['2', 'x'] },
        { line: 6, cells: ['3', 'y'] },
      ])
    }
  })
})

describe('columns', () => {
  it('are guessed from headings in French and English, each field once', () => {
    expect(guessMapping(['NOM', 'prénom', 'Tél. portable', 'Téléphone', 'CP', 'Unknown'])).toEqual({ 0: 'last_name', 1: 'first_name', 2: 'mobile', 4: 'postal_code' })
    expect(guessMapping(['Last name', 'First name', 'Mobile phone', 'Skills'])).toEqual({ 0: 'last_name', 1: 'first_name', 2: 'mobile', 3: 'skills' })
  })

  it('must let people be told apart', () => {
    expect(checkMapping({ 0: 'last_name', 1: 'mobile' })).toBeUndefined()
    expect(checkMapping({ 0: 'email' })).toBeUndefined()
    expect(checkMapping({ 0: 'mobile' })).toEqual({ code: 'nothing_to_identify' })
    expect(checkMapping({ 0: 'email', 1: 'email' })).toEqual({ code: 'field_twice', field: 'email' })
  })
})

describe('a row', () => {
  const mapping = { 0: 'last_name', 1: 'mobile', 2: 'consent', 3: 'available_from', 4: 'available_until' } as const

  it('becomes a person', () => {
    expect(readRow(['Lefèvre', '06 39 98 00 01', 'Oui', '23/11/2026', '2026-12-04'], mapping, 'FR')).toEqual({
      record: {
        last_name: 'Lefèvre', consent_given: true, available_from: '2026-11-23', available_until: '2026-12-04',
        phones: [{ kind: 'mobile', position: 1, raw: '06 39 98 00 01', e164: '+33639980001', country: 'FR', isTextable: true, problem: null }],
      },
      problems: [],
    })
  })

  it.each([
    ['mobile', 'phone.not_a_number', ['A', 'rappeler', '', '', ''], false],
    ['mobile', 'phone.fixed', ['A', '01 99 00 12 34', '', '', ''], false],
    ['consent', 'bad_consent', ['A', '0639980001', 'peut-être', '', ''], false],
    ['available_from', 'bad_date', ['A', '0639980001', '', '31/02/2026', ''], false],
    ['available_until', 'end_before_start', ['A', '0639980001', '', '2026-11-23', '2026-11-22'], false],
    ['last_name', 'too_long', ['x'.repeat(81), '0639980001', '', '', ''], true],
  ])('names the field %s and the reason %s', (field, code, cells, isBlocking) => {
    expect(readRow(cells, mapping, 'FR').problems).toContainEqual(expect.objectContaining({ field, code, isBlocking }))
  })

  it('without anything to identify it is refused', () => {
    expect(readRow(['', '0639980001'], mapping, 'FR').problems).toEqual([{ field: null, code: 'no_identity', value: '', isBlocking: true }])
  })

  it('reads dates day first or as ISO, and no others', () => {
    expect(['23/11/2026', '23.11.26', '3-1-2026', '2026-11-23', '2026-11-23 00:00:00'].map(readDate)).toEqual(['2026-11-23', '2026-11-23', '2026-01-03', '2026-11-23', '2026-11-23'])
    expect(['11/23/2026', '31/02/2026', 'demain', '46349', ''].map(readDate)).toEqual([undefined, undefined, undefined, undefined, undefined])
  })
})
