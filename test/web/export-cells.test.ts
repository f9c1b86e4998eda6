import { readSheet } from 'read-excel-file/node'
import { describe, expect, test } from 'vitest'
import { csvHead, csvRow, LONGEST_CELL, workbookRow, type Column } from '../../src/web/export-cells.ts'

type Row = { text: string | null; phone: string | null; count: number | null; on: string | null; at: Date | null }
const COLUMNS: Column<Row>[] = [
  { label: 'Texte', of: (row) => row.text },
  { label: 'Téléphone', kind: 'phone', of: (row) => row.phone },
  { label: 'Nombre', kind: 'number', of: (row) => row.count },
  { label: 'Jour', kind: 'date', of: (row) => row.on },
  { label: 'Moment', kind: 'moment', of: (row) => row.at },
]
const EMPTY: Row = { text: null, phone: null, count: null, on: null, at: null }
const paris = { language: 'fr', zone: 'Europe/Paris' } as const
const cells = (row: Partial<Row>) => csvRow(COLUMNS, paris, { ...EMPTY, ...row })
const plainSpaces = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('A line of CSV', () => {
  test('is as the Excel of its reader opens it: a byte order mark, `;` in French and `,` in English, CRLF', () => {
    expect(csvHead(COLUMNS, paris)).toBe('\ufeff"Texte";"Téléphone";"Nombre";"Jour";"Moment"\r\n')
    expect(csvHead(COLUMNS, { language: 'en', zone: 'Europe/London' })).toBe('\ufeff"Texte","Téléphone","Nombre","Jour","Moment"\r\n')
  })

  test.each(['=1+1', '+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '＝1+1'])('runs no formula: %j', (text) => {
    expect(cells({ text }).startsWith('"\'')).toBe(true)
  })

  test('keeps quotes and breaks within their cell, and drops what no document may hold', () => {
    expect(cells({ text: 'dit « "oui" »\nà demain' }).split('";"')[0]).toBe('"dit « ""oui"" »\nà demain')
    expect(cells({ text: 'a\u0000b\ud800c\u001f' }).split(';')[0]).toBe('"ab\ufffdc"')
  })

  test('tells telephones so that nobody makes a number of them, and none that stands for an erased person', () => {
    expect(cells({ phone: '+33639980001' })).toContain('"+33 6 39 98 00 01"')
    expect(cells({ phone: '+32470123456' })).toContain('"+32 470 12 34 56"')
    expect(cells({ phone: '06 12 (bureau)' })).toContain('"06 12 (bureau)"')
    expect(cells({ phone: '=cmd' })).toContain(`"'=cmd"`)
    expect(cells({ phone: '+0000000000017' })).toBe(cells({}))
  })

  test('tells days as they are and moments by the company’s clock', () => {
    expect(cells({ count: -3, on: '2026-11-23', at: new Date('2026-11-23T23:30:00Z') })).toBe('"";"";"-3";"2026-11-23";"2026-11-24 00:30"\r\n')
  })
})

test('a row of a workbook holds real days, numbers and texts, and no text that Excel would refuse', () => {
  const row = workbookRow(COLUMNS, paris, { text: '=1+1', phone: '+33639980001', count: 7, on: '2026-11-23', at: new Date('2026-07-01T08:05:00Z') })
  expect(row).toEqual(['=1+1', '+33639980001', 7, new Date('2026-11-23T00:00:00Z'), new Date('2026-07-01T10:05:00Z')])
  expect(workbookRow(COLUMNS, paris, { ...EMPTY, text: 'x'.repeat(40_000) })[0]).toHaveLength(LONGEST_CELL)
  expect(plainSpaces(JSON.stringify(workbookRow(COLUMNS, paris, EMPTY)))).toBe('[null,null,null,null,null]')
  expect(readSheet).toBeTypeOf('function')
})
