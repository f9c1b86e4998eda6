import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/server.ts'
import { linkParts } from '../../src/simulator/views.ts'
import { verifyWebhook } from '../../src/sms/webhooks.ts'
import { account, anSms, gatewayTo, simulate, startReceiver } from './support.ts'

let receiver: Awaited<ReturnType<typeof startReceiver>>
let simulator: Simulator
beforeEach(async () => {
  receiver = await startReceiver()
  simulator = await simulate({ statusUrl: receiver.statusUrl, inboundUrl: receiver.inboundUrl })
})
afterEach(async () => {
  await simulator.close()
  await receiver.close()
})

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(simulator.apiHost + path, { headers: { 'accept-language': 'fr', ...headers }, redirect: 'manual' })
  return { status: response.status, headers: response.headers, text: (await response.text()).replaceAll('\u00a0', ' ') }
}

async function send(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(simulator.apiHost + path, { method: 'POST', body: new URLSearchParams(form), headers: { 'accept-language': 'fr', ...headers }, redirect: 'manual' })
  return { status: response.status, location: response.headers.get('location'), text: await response.text() }
}

const deliver = async (changes: Parameters<typeof anSms>[0] = {}) => {
  await gatewayTo(simulator.apiHost).handOver(anSms(changes))
  await simulator.settled()
}

describe('the list of phones', () => {
  it('says what to do while it is empty', async () => {
    expect((await get('/simulator')).text).toContain('Lancez une campagne')
    expect(await get('/')).toMatchObject({ status: 303 })
  })

  it('shows the newest first, page after page, each phone once', async () => {
    for (let i = 0; i < 65; i++) await gatewayTo(simulator.apiHost).handOver(anSms({ to: `+3363998${1000 + i}` }))
    await gatewayTo(simulator.apiHost).handOver(anSms({ to: '+33639981000', body: 'encore' }))
    const seen: string[] = []
    for (let path: string | undefined = '/simulator'; path; ) {
      const { text }: { text: string } = await get(path)
      seen.push(...[...text.matchAll(/href="\/simulator\/phones\/(\d+)"/g)].map((match) => match[1]!))
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toHaveLength(65)
    expect(seen.slice(0, 2)).toEqual(['33639981000', '33639981064'])
    expect(seen).toEqual([...new Set(seen)])
  })

  it.each([['06 39 98 00 42', 1], ['+33 6 39 98 00 42', 1], ['0042', 1], ['98 00', 2], ['00 00 00', 0], ['abc', 0], ['%', 0], ["' or 1=1 --", 0]])('finds %j in %i phones', async (q, count) => {
    await deliver({ to: '+33639980042' })
    await deliver({ to: '+33639980043' })
    const { text } = await get(`/simulator?q=${encodeURIComponent(q)}`)
    expect(text.match(/<li id="phone-/g) ?? []).toHaveLength(count)
  })

  it('shows the magic numbers in words', async () => {
    const { text } = await get('/simulator')
    for (const ending of ['…90', '…95', '…99']) expect(text).toContain(`<th scope="row">${ending}</th>`)
    expect((await get('/simulator?lang=en')).text).toContain('the person has already sent STOP (1240)')
  })
})

describe('a phone', () => {
  it('shows what arrived, escaped, with links that can be followed', async () => {
    await deliver({ body: '<script>alert(1)</script> https://sms.example/r/abc?x=1&y="2. javascript:alert(1)' })
    const { text, status } = await get('/simulator/phones/33639980001')
    expect(status).toBe(200)
    expect(text).not.toContain('<script>alert')
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).toContain('<a href="https://sms.example/r/abc?x=1&amp;y=" rel="noopener noreferrer">')
    expect(text).not.toContain('href="javascript')
    expect(text).toContain('Remis')
  })

  it('its conversation alone is the one inside the page, and is not sent again while nothing changes', async () => {
    await deliver()
    const page = await get('/simulator/phones/33639980001')
    const fragment = await get('/simulator/phones/33639980001/conversation')
    expect(page.text).toContain(fragment.text.trim())
    expect(fragment.text).toContain('hx-trigger="every 2s"')
    const etag = fragment.headers.get('etag')!
    expect((await get('/simulator/phones/33639980001/conversation', { 'if-none-match': etag })).status).toBe(304)
    await deliver({ body: 'autre' })
    expect((await get('/simulator/phones/33639980001/conversation', { 'if-none-match': etag })).status).toBe(200)
  })

  it('answers a number: signed webhook, then back to the conversation', async () => {
    await deliver()
    const reply = await send('/simulator/phones/33639980001/replies', { text: ' Oui,\r\ndès lundi ', sender: '33644630000' }, { origin: simulator.apiHost, 'sec-fetch-site': 'same-origin' })
    expect(reply).toMatchObject({ status: 303, location: '/simulator/phones/33639980001?sender=33644630000' })
    await simulator.settled()
    const inbound = receiver.received.at(-1)!
    expect(inbound.body).toMatchObject({ to: '33644630000', from: '33639980001', text: 'Oui,\ndès lundi' })
    expect(verifyWebhook({ authorization: inbound.headers.authorization, rawBody: inbound.raw, secret: account.signatureSecret, apiKey: account.apiKey, applicationId: account.applicationId, nowSeconds: Date.now() / 1000 })).toEqual({ ok: true })
    expect((await get('/simulator/phones/33639980001')).text).toContain('Transmis à Dispo')
  })

  it('has one-tap answers', async () => {
    await deliver()
    expect((await get('/simulator/phones/33639980001')).text).toContain('name="quick" value="STOP"')
    await send('/simulator/phones/33639980001/replies', { quick: 'STOP', text: '' })
    await simulator.settled()
    expect(receiver.received.at(-1)?.body).toMatchObject({ text: 'STOP', sms: { keyword: 'STOP' } })
  })

  it('keeps what was typed when it cannot be sent', async () => {
    await deliver()
    expect(await send('/simulator/phones/33639980001/replies', { text: '  ' })).toMatchObject({ status: 422, text: expect.stringContaining('Écrivez un message') })
    const long = await send('/simulator/phones/33639980001/replies', { text: `début ${'x'.repeat(1600)}` })
    expect(long).toMatchObject({ status: 422, text: expect.stringContaining('début xxx') })
    expect(long.text).toContain('aria-invalid="true"')
  })

  it('cannot answer a name, and says so', async () => {
    await deliver({ from: 'AGENCE', body: 'a', encoding: 'gsm7' })
    const { text } = await get('/simulator/phones/33639980001')
    expect(text).toContain('est un nom, pas un numéro')
    expect(text).not.toContain('<textarea')
    const count = receiver.received.length
    expect((await send('/simulator/phones/33639980001/replies', { text: 'Oui' })).status).toBe(303)
    await simulator.settled()
    expect(receiver.received).toHaveLength(count)
  })

  it('keeps the conversations of several senders apart', async () => {
    await deliver({ body: 'du numéro' })
    await deliver({ from: 'AGENCE', body: 'du nom', encoding: 'gsm7' })
    const newest = await get('/simulator/phones/33639980001')
    expect([newest.text.includes('du nom'), newest.text.includes('du numéro')]).toEqual([true, false])
    expect((await get('/simulator/phones/33639980001?sender=33644630000')).text).toContain('du numéro')
  })

  it('pages through a long conversation', async () => {
    for (let i = 0; i < 45; i++) simulator.reply({ phone: '33639980001', sender: '33644630000', text: `n°${i} fin` })
    await simulator.settled()
    const newest = await get('/simulator/phones/33639980001')
    expect(newest.text.match(/class="bubble /g)).toHaveLength(40)
    const earlier = /href="([^"]+)">Messages précédents/.exec(newest.text)![1]!.replaceAll('&amp;', '&')
    expect((await get(earlier)).text).toContain('n°4 fin')
  })

  it.each(['/simulator/phones/33639980001', '/simulator/phones/33639980001/conversation', '/simulator/phones/x', `/simulator/phones/${'9'.repeat(90)}`, '/simulator/nowhere', '/simulator/phones/%00'])('%s is not found until it exists', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, text: expect.stringContaining('Page introuvable') })
  })
})

describe('the pages', () => {
  it.each([[{ 'sec-fetch-site': 'cross-site' }], [{ 'sec-fetch-site': 'none' }], [{ origin: 'https://evil.example' }], [{ origin: 'null' }], [{ 'sec-fetch-site': 'same-site' }]])('refuse a form of another site: %j', async (headers) => {
    await deliver()
    const count = receiver.received.length
    expect((await send('/simulator/phones/33639980001/replies', { quick: 'STOP' }, headers)).status).toBe(403)
    await simulator.settled()
    expect(receiver.received).toHaveLength(count)
  })

  it('allow nothing from elsewhere, and hold no inline style, script or handler', async () => {
    await deliver()
    for (const path of ['/simulator', '/simulator/phones/33639980001', '/simulator/none']) {
      const { headers, text } = await get(path)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(text).not.toMatch(/ style=| on\w+=|hx-on|js:|undefined|\[object/)
      expect(text.match(/<h1/g)).toHaveLength(1)
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
      expect(ids).toEqual([...new Set(ids)])
    }
  })

  it.each([['en-GB,en;q=0.9,fr;q=0.5', 'en'], ['fr-CH', 'fr'], ['de', 'fr'], ['', 'fr'], ['de,en;q=0.2', 'en'], ['fr;q=0.1, en;q=0.9', 'en']])('speak the language of %j: %s', async (header, language) => {
    expect((await get('/simulator', { 'accept-language': header })).text).toContain(`<html lang="${language}">`)
  })

  it('keep a language chosen by hand', async () => {
    await deliver()
    const { text } = await get('/simulator?lang=en')
    expect(text).toContain('href="/simulator/phones/33639980001?lang=en"')
    expect(text).toContain('href="/simulator?lang=fr"')
  })

  it('serve their own script and style', async () => {
    for (const [path, type] of [['/simulator/htmx.js', 'text/javascript'], ['/simulator/simulator.css', 'text/css']]) {
      const file = await get(path!)
      expect(file.headers.get('content-type')).toContain(type)
      expect((await get(path!, { 'if-none-match': file.headers.get('etag')! })).status).toBe(304)
    }
  })
})

describe('linkParts', () => {
  it.each([
    ['voir https://a.example/x.', [{ text: 'voir ' }, { text: 'https://a.example/x', href: 'https://a.example/x' }, { text: '.' }]],
    ['(http://a.example)', [{ text: '(' }, { text: 'http://a.example', href: 'http://a.example/' }, { text: ')' }]],
    ['https://user:pass@evil.example', [{ text: 'https://user:pass@evil.example' }]],
    ['ftp://x javascript:alert(1) data:text/html,x', [{ text: 'ftp://x javascript:alert(1) data:text/html,x' }]],
    ['https:// rien', [{ text: 'https:// rien' }]],
  ])('cuts %j', (text, parts) => expect(linkParts(text)).toEqual(parts))
})
