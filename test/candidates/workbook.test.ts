import { deflateRawSync } from 'node:zlib'
import { writeXlsx, type CellValue } from 'hucre/xlsx'
import { describe, expect, test } from 'vitest'
import { openUpload, rowsOf } from '../../src/candidates/imports.file.ts'
import { guessMapping } from '../../src/candidates/imports.domain.ts'
import { readRow } from '../../src/candidates/imports.rows.ts'

const workbook = async (sheets: Parameters<typeof writeXlsx>[0]['sheets']) => Buffer.from(await writeXlsx({ sheets }))
const one = (...rows: CellValue[][]) => workbook([{ name: 'Feuil1', rows }])

/** What an import makes of a workbook, row by row. */
async function read(bytes: Buffer) {
  const opened = await openUpload(bytes)
  if ('problem' in opened) return opened
  const mapping = guessMapping(opened.header)
  return { ...opened, people: [...rowsOf(opened.text, opened.delimiter, 100)].flat().map(({ line, cells }) => ({ line, cells, ...readRow(cells, mapping, 'FR') })) }
}

type Part = { name: string; content: Buffer | string; /** What the archive says of itself, where it lies. */ claims?: { size?: number; flags?: number; folded?: number } }

/** An archive byte by byte, so that it can lie. */
function archive(parts: readonly Part[]): Buffer {
  const bodies: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const { name, content, claims = {} } of parts) {
    const folded = deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(8, 8)
    local.writeUInt32LE(folded.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(20, 6)
    central.writeUInt16LE(claims.flags ?? 0, 8)
    central.writeUInt16LE(8, 10)
    central.writeUInt32LE(claims.folded ?? folded.length, 20)
    central.writeUInt32LE(claims.size ?? content.length, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    entries.push(central, Buffer.from(name))
    bodies.push(local, Buffer.from(name), folded)
    offset += 30 + name.length + folded.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, directory, end])
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
const SHELL: Part[] = [
  { name: '[Content_Types].xml', content: `${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>` },
  { name: '_rels/.rels', content: `${HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>` },
  { name: 'xl/workbook.xml', content: `${HEAD}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>` },
  { name: 'xl/_rels/workbook.xml.rels', content: `${HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>` },
]
const sheetOf = (rows: string) => ({ name: 'xl/worksheets/sheet1.xml', content: `${HEAD}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>` })
const text = (ref: string, value: string) => `<c r="${ref}" t="inlineStr"><is><t>${value}</t></is></c>`

describe('A workbook', () => {
  test('is read like the same list as a CSV: days as days, a row on the line it has in Excel, other sheets left alone', async () => {
    const found = await read(await workbook([
      { name: 'Lisez-moi', rows: [['Comment remplir']] },
      { name: 'Personnes', rows: [['Nom', 'Prénom', 'E-mail', 'Disponible le', 'Accord SMS', 'Compétences'], ['Ågren', 'Zoé', 'zoe@example.org', new Date('2027-01-04T00:00:00Z'), true, 'CACES 1\nCoffrage'], [null], ['Diallo', 'Moussa', 'moussa@example.org', '05/02/2027', 'non', null]] },
      { name: 'Cachée', rows: [['x', 'y'], ['1', '2']], hidden: true },
    ]))
    if ('problem' in found) throw new Error(found.problem)
    expect(found.encoding).toBe('XLSX: Personnes (2/2)')
    expect(found.people.map(({ line }) => line)).toEqual([2, 4])
    expect(found.people.map(({ record }) => record)).toMatchObject([
      { last_name: 'Ågren', available_from: '2027-01-04', consent_given: true, skills: ['CACES 1', 'Coffrage'] }, { last_name: 'Diallo', available_from: '2027-02-05', consent_given: false },
    ])
  })

  test('whose formulas are told by their values, and those that fail are said', async () => {
    const found = await read(archive([...SHELL, sheetOf(`<row r="1">${text('A1', 'Nom')}${text('B1', 'E-mail')}${text('C1', 'Ville')}</row><row r="2"><c r="A2" t="str"><f>UPPER("gil")</f><v>GIL</v></c>${text('B2', 'ana@example.org')}<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`)]))
    if ('problem' in found) throw new Error(found.problem)
    expect(found.people[0]).toMatchObject({ record: { last_name: 'GIL', email: 'ana@example.org' }, problems: [{ field: 'town', code: 'formula_error', value: '#DIV/0!', isBlocking: false }] })
    expect(found.people[0]!.record.town).toBeUndefined()
  })

  test('tells the telephones that Excel took for numbers, and never guesses lost digits', async () => {
    const cells: [CellValue, string | null, string | undefined][] = [
      [639980001, '+33639980001', 'phone.rewritten'], [33639980001, '+33639980001', 'phone.rewritten'], ['06 39 98 00 01', '+33639980001', undefined], ['+33639980001', '+33639980001', undefined],
      ['6.4E+08', null, 'phone.lost_digits'], ['6,4E+08', null, 'phone.lost_digits'], ['3.36E+10', null, 'phone.lost_digits'], [612000000, null, 'phone.lost_digits'], [33612000000, null, 'phone.lost_digits'],
      [32470123456, '+32470123456', 'phone.rewritten'], ["'+33 6 39 98 00 01", '+33639980001', undefined],
    ]
    const found = await read(await one(['Nom', 'Mobile'], ...cells.map(([cell], n) => [`Gil ${n}`, cell])))
    if ('problem' in found) throw new Error(found.problem)
    expect(found.people.map(({ record, problems }) => [record.phones[0]!.e164, problems.filter(({ isBlocking }) => !isBlocking)[0]?.code])).toEqual(cells.map(([, e164, code]) => [e164, code]))
  })
})

describe('A file that only looks like a workbook', () => {
  test.each<[string, () => Buffer | Promise<Buffer>, string]>([
    ['another archive', () => archive([{ name: 'readme.txt', content: 'x' }]), 'damaged'],
    ['a cut one', async () => (await one(['Nom'], ['Gil'])).subarray(0, 700), 'damaged'],
    ['one without a sheet', () => archive(SHELL), 'damaged'],
    ['headings alone', () => one(['Nom', 'Mobile']), 'no_rows'],
    ['broken XML', () => archive([...SHELL, { name: 'xl/worksheets/sheet1.xml', content: '<worksheet><sheetData><row r="1"' }]), 'no_rows'],
    ['a part that comes twice', () => archive([...SHELL, sheetOf(''), sheetOf('')]), 'damaged'],
    ['a part that says it is smaller than it is', () => archive([...SHELL, { ...sheetOf(`<row r="1">${text('A1', 'Nom')}</row>`.repeat(1000)), claims: { size: 500 } }]), 'damaged'],
    ['parts that lie upon each other', () => archive([...SHELL, { ...sheetOf(''), claims: { folded: 0xfffffff } }]), 'damaged'],
    ['sizes that stand nowhere', () => archive([...SHELL, { ...sheetOf(''), claims: { folded: 0, size: 0, flags: 8 } }]), 'damaged'],
    ['more than any list needs', () => archive([...SHELL, { ...sheetOf(''), claims: { size: 0x30000000 } }]), 'damaged'],
    ['texts that unfold to gigabytes', () => archive([...SHELL, { name: 'xl/sharedStrings.xml', content: 'x', claims: { size: 0xf0000000 } }, sheetOf('')]), 'damaged'],
    ['a last row far away', () => archive([...SHELL, sheetOf(`<row r="1">${text('A1', 'Nom')}</row><row r="1048576">${text('A1048576', 'Gil')}</row>`)]), 'too_many_rows'],
    ['a row of thousands of columns', () => one(Array.from({ length: 300 }, (_cell, n) => `c${n}`), ['x']), 'too_many_columns'],
  ])('is refused by name: %s', async (_what, make, problem) => {
    expect(await openUpload(Buffer.from(await make()))).toEqual({ problem })
  })
})
