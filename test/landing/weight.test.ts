import { get, type IncomingMessage } from 'node:http'
import { brotliDecompressSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { weighDraft } from '../../src/landing/weight.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeBranding, makeInvitation, photograph, PHOTOGRAPH_BYTES, PHOTOGRAPH_COUNT, type Invitation } from '../support/factories/landing.ts'
import { visit } from '../support/page.ts'

let test: TestDatabase
let app: TestApp
let invitations: Record<'simple' | 'availability', Invitation>
beforeAll(async () => {
  test = await createTestDatabase()
  app = await startTestApp(test)
  const availability = await makeInvitation(test.db, { kind: 'availability', availability: 'available', availableFrom: '2027-03-03' })
  const simple = await makeInvitation(test.db, { kind: 'simple', company: availability.company })
  invitations = { availability, simple }
  const photo = await photograph()
  expect(PHOTOGRAPH_COUNT).toBe(5)
  await test.db.updateTable('company').set({ town: 'Lyon 7e' }).where('id', '=', availability.company.id).execute()
  await makeBranding(test.db, availability.scope, {
    header: photo, footer: photo, phone: '04 65 71 00 12', openingHours: 'du lundi au vendredi, de 8 h à 18 h', footerText: 'Intérim BTP, 12 rue des Bâtisseurs, 69007 Lyon\nSIRET 000 000 000 00000',
    // As long as the administration lets it be.
    body: `${'Nous préparons les équipes de décembre et cherchons des personnes disponibles, à temps plein ou non. '.repeat(4)}`.slice(0, 400),
  })
})
afterAll(async () => {
  await app.close()
  await test.close()
})

const AVIF = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

/** What goes over the line: head and body as they are sent. */
function fetchRaw(path: string, headers: Record<string, string> = {}): Promise<{ response: IncomingMessage; head: number; body: Buffer; html: string }> {
  return new Promise((resolve, reject) => {
    get(app.url + path, { headers: { 'accept-encoding': 'br', 'accept-language': 'fr', accept: AVIF, ...headers } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const body = Buffer.concat(parts)
        const head = `HTTP/1.1 200 OK\r\n${response.rawHeaders.join(': ')}`.length + response.rawHeaders.length
        resolve({ response, head, body, html: response.headers['content-encoding'] === 'br' ? brotliDecompressSync(body).toString() : body.toString('latin1') })
      })
    }).on('error', reject)
  })
}

const imagesOf = (html: string) => [...html.matchAll(/<img[^>]+src="([^"]+)"/g)].map(([, src]) => src as string)

describe.each(['availability', 'simple'] as const)('the page of a campaign of kind %s', (kind) => {
  const path = (suffix = '') => `/r/${invitations[kind].code}${suffix}`

  it.each(['fr', 'en'])('weighs at most 5,000 bytes in %s without its picture (B1)', async (lang) => {
    const { html, body } = await fetchRaw(path(`?lang=${lang}`), { 'save-data': 'on' })
    expect(imagesOf(html)).toEqual([])
    expect(body.length).toBeLessThanOrEqual(5_000)
  })

  it('fits the first flight with head and header picture: 14,000 bytes (B2), 20,000 with the footer picture (B3)', async () => {
    const { head, body, html } = await fetchRaw(path())
    const [header = '', footer = ''] = imagesOf(html)
    expect(header).toMatch(/^data:image\/avif;base64,/)
    expect(head + body.length).toBeLessThanOrEqual(14_000)
    const picture = await fetchRaw(footer, { accept: 'image/avif,*/*' })
    expect(picture.response.headers['content-type']).toBe('image/avif')
    expect(head + body.length + picture.head + picture.body.length).toBeLessThanOrEqual(20_000)
  })

  it('weighs at most 4,000 bytes and shows no picture when data is to be saved (B4)', async () => {
    const { head, body, html } = await fetchRaw(path(), { 'save-data': 'on' })
    expect(head + body.length).toBeLessThanOrEqual(4_000)
    expect(html).not.toMatch(/<img|<picture|og:image/)
    expect(html).toContain('<p class="name">')
  })

  it('asks for one more file at most, two without AVIF, and none of it from elsewhere (B5, B6)', async () => {
    const modern = (await fetchRaw(path())).html
    const plain = (await fetchRaw(path(), { accept: '*/*' })).html
    expect(imagesOf(modern).filter((src) => !src.startsWith('data:'))).toHaveLength(1)
    expect(imagesOf(plain)).toHaveLength(2)
    for (const html of [modern, plain]) {
      expect(html).not.toMatch(/<script|<link rel="stylesheet"|@import|url\(|https?:\/\/(?!127\.0\.0\.1)/)
      for (const [, address = ''] of html.matchAll(/(?:src|srcset|href|action)="([^"]+)"/g)) expect(address).toMatch(/^(\/r\/|data:|#|tel:)/)
    }
    for (const src of imagesOf(plain)) {
      const { response } = await fetchRaw(src)
      expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
  })

  it('sets no cookie and leads to no other page (B6)', async () => {
    const { response } = await fetchRaw(path())
    expect([response.statusCode, response.headers['set-cookie'], response.headers['location']]).toEqual([200, undefined, undefined])
  })

  it('keeps the same budget with every error shown, and after the answer', async () => {
    const visitor = visit(app.app, { accept: AVIF })
    const form = await visitor.get(path())
    const seal = /name="form" value="([^"]+)"/.exec(form.html)![1]!
    const sent = (values: Record<string, string>) => app.app.inject({ method: 'POST', url: path('/answer'), headers: { 'content-type': 'application/x-www-form-urlencoded', 'accept-encoding': 'br', accept: AVIF }, payload: new URLSearchParams({ form: seal, ...values }).toString() })
    const refused = await sent({ from: 'other', from_date: '31 février', until: '12/31/2027', comment: 'é'.repeat(501) })
    expect(refused.statusCode).toBe(422)
    expect(refused.rawPayload.length).toBeLessThanOrEqual(13_500)
    await sent({ answer: 'yes', from: 'other', from_date: '2027-03-03' })
    const { head, body } = await fetchRaw(path())
    expect(head + body.length).toBeLessThanOrEqual(14_000)
  })
})

describe('the other honest photographs of nearly 5 MB', () => {
  it.each([[1, 2], [2, 1], [3, 4], [4, 3]])('%i above and %i below keep the page within B1 to B6', async (above, below) => {
    const invitation = await makeInvitation(test.db)
    const photos = { header: await photograph(above), footer: await photograph(below) }
    for (const bytes of Object.values(photos)) {
      expect(bytes.length).toBeGreaterThanOrEqual(PHOTOGRAPH_BYTES.least)
      expect(bytes.length).toBeLessThanOrEqual(PHOTOGRAPH_BYTES.most)
      // As a camera writes them: where, with what, and how it was held.
      const { exif, orientation } = await sharp(bytes).metadata()
      expect([exif?.includes('Appareil'), typeof orientation]).toEqual([true, 'number'])
    }
    await makeBranding(test.db, invitation.scope, photos)
    const path = `/r/${invitation.code}`

    const { head, body, html, response } = await fetchRaw(path)
    const [header = '', footer = '', ...others] = imagesOf(html)
    expect(header).toMatch(/^data:image\/avif;base64,/)
    expect(Buffer.from(header.split(',')[1] ?? '', 'base64').includes('Appareil')).toBe(false)
    expect([others, response.headers['set-cookie'], /<script|https?:\/\/(?!127\.0\.0\.1)/.test(html)]).toEqual([[], undefined, false])
    expect(head + body.length).toBeLessThanOrEqual(14_000)
    const picture = await fetchRaw(footer, { accept: 'image/avif,*/*' })
    expect(head + body.length + picture.head + picture.body.length).toBeLessThanOrEqual(20_000)
    const saving = await fetchRaw(path, { 'save-data': 'on' })
    expect([imagesOf(saving.html), saving.head + saving.body.length <= 4_000]).toEqual([[], true])
    // What the administration tells whoever chose them is what goes over the line.
    const told = await weighDraft({ db: test.db, config: { linkUrl: `${app.url}/r` } }, invitation.scope)
    expect(Math.abs(told.bytes - head - body.length)).toBeLessThan(600)
  })
})

it('goes out in gzip to those who know no brotli, and as it is to those who know neither', async () => {
  const path = `/r/${invitations.availability.code}?edit=1`
  const gzip = await fetchRaw(path, { 'save-data': 'on', 'accept-encoding': 'gzip, br;q=0' })
  expect([gzip.response.headers['content-encoding'], gzip.body.length < 5_000]).toEqual(['gzip', true])
  const plain = await fetchRaw(path, { 'accept-encoding': 'identity' })
  expect([plain.response.headers['content-encoding'], plain.html.startsWith('<!doctype html>')]).toEqual([undefined, true])
})
