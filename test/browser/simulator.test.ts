import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Simulator } from '../../src/simulator/server.ts'
import { anSms, gatewayTo, simulate, startReceiver } from '../simulator/support.ts'
import { openPage } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'

let receiver: Awaited<ReturnType<typeof startReceiver>>
let simulator: Simulator
beforeAll(async () => {
  receiver = await startReceiver()
  simulator = await simulate({ statusUrl: receiver.statusUrl, inboundUrl: receiver.inboundUrl })
  for (let i = 0; i < 35; i++) await gatewayTo(simulator.apiHost).handOver(anSms({ to: `+336399810${10 + i}` }))
  await gatewayTo(simulator.apiHost).handOver(anSms({ to: '+33639981091', from: 'AGENCE', body: 'https://sms.example/r/abcdefghjkmn', encoding: 'gsm7' }))
  await simulator.settled()
})
afterAll(async () => {
  await simulator.close()
  await receiver.close()
})

test('every page of the phones holds at every look', async () => {
  const page = await openPage({ baseURL: simulator.apiHost })
  for (const path of ['/simulator', '/simulator?q=99', '/simulator/phones/33639981010', '/simulator/phones/33639981091?lang=en']) {
    await page.goto(path)
    await checkLooks(page, undefined, [1280, 360, 320])
  }
  await page.goto('/simulator')
  await checkLinks(page)
})

test('a text appears on the open phone by itself, and a half-written answer stays', async () => {
  const page = await openPage({ width: 360, baseURL: simulator.apiHost })
  await page.goto('/simulator/phones/33639981011')
  await page.getByLabel('Votre réponse').fill('Oui, dès lu')
  await gatewayTo(simulator.apiHost).handOver(anSms({ to: '+33639981011', body: 'Deuxième message' }))
  await page.getByText('Deuxième message').waitFor()
  expect(await page.getByLabel('Votre réponse').inputValue()).toBe('Oui, dès lu')
  await gatewayTo(simulator.apiHost).handOver(anSms({ to: '+33639981011', body: 'Troisième message' }))
  await page.getByText('Troisième message').waitFor()
})

test('a new phone appears in the open list by itself', async () => {
  const page = await openPage({ baseURL: simulator.apiHost })
  await page.goto('/simulator')
  await gatewayTo(simulator.apiHost).handOver(anSms({ to: '+33639981077' }))
  await page.locator('#phone-33639981077').waitFor()
})

test.each([true, false])('a person answers from the phone, scripts on: %s', async (javaScriptEnabled) => {
  const page = await openPage({ width: 360, javaScriptEnabled, baseURL: simulator.apiHost })
  await page.goto('/simulator/phones/33639981012')
  const text = `Oui, scripts ${javaScriptEnabled}`
  await page.getByLabel('Votre réponse').fill(text)
  await page.getByRole('button', { name: 'Envoyer' }).click()
  await page.getByText(text).waitFor()
  await page.getByRole('button', { name: 'STOP' }).click()
  await page.locator('.bubble-reply', { hasText: 'STOP' }).last().waitFor()
  await simulator.settled()
  expect(receiver.received.filter(({ path }) => path === '/inbound').slice(-2).map(({ body }) => body['text'])).toEqual([text, 'STOP'])
})
