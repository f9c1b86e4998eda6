import Papa from 'papaparse'
import readWorkbook from 'read-excel-file/node'
import { expect } from 'vitest'
import type { SignedIn } from './app.ts'

/** A file that a list goes out as, whole. */
export async function download(visitor: Pick<SignedIn, 'agent'>, url: string): Promise<{ bytes: Buffer; name: string; type: string }> {
  const response = await visitor.agent.get(url).buffer(true).parse((incoming, done) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => done(null, Buffer.concat(chunks)))
  })
  expect(response.status, url).toBe(200)
  return { bytes: response.body as Buffer, name: /filename="([^"]+)"/.exec(response.headers['content-disposition'] as string)?.[1] ?? '', type: response.headers['content-type'] as string }
}

export type Line = Record<string, string>

/** The lines of a CSV by their headings. */
export async function csvLines(visitor: Pick<SignedIn, 'agent'>, url: string, delimiter = ';'): Promise<Line[]> {
  const { bytes, type } = await download(visitor, url)
  expect(type).toBe('text/csv; charset=utf-8')
  const text = bytes.toString('utf8')
  expect(text.startsWith('\ufeff"')).toBe(true)
  const { data, errors } = Papa.parse<Line>(text.slice(1).replaceAll('\u00a0', ' ').trimEnd(), { delimiter, newline: '\r\n', header: true })
  expect(errors).toEqual([])
  return data
}

/** The rows of a workbook's first sheet, as a program that is not ours reads them. */
export async function workbookRows(visitor: Pick<SignedIn, 'agent'>, url: string): Promise<{ sheet: string; rows: unknown[][] }> {
  const { bytes, type } = await download(visitor, url)
  expect(type).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  const [first] = await readWorkbook(bytes)
  return { sheet: first!.sheet, rows: first!.data as unknown[][] }
}
