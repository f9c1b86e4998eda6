import type { Page } from 'playwright-core'
import type { Language } from '../../src/words/define.ts'
import type { Translate } from '../../src/words/index.ts'
import type { Demonstration } from './demonstration.ts'

type Given = { page: Page; demonstration: Demonstration; language: Language; t: Translate }

export type Shot = {
  /** File name without language: docs/images/<name>.fr.webp. */
  name: string
  width?: number
  height?: number
  scale?: number
  /** No more of it than so many CSS pixels from its top. */
  most?: number
  /** The window as it stands, with what lies on top of the page. */
  isWindow?: boolean
  /** What candidates see: nobody is signed in. */
  isPublic?: boolean
  /** Goes there and does what has to be done first; the part to show as a selector, else the main part of the page. */
  show(given: Given): Promise<string | void>
  /** Puts the demonstration back as it was. */
  after?(given: Given): Promise<void>
}

const campaign = ({ demonstration }: Given, name: string) => demonstration.find('select id from campaign where name like $1 order by id limit 1', `${name}%`)

/** Wide tables, and what lies on top of a page, need the whole desk. */
const DESK = { width: 1280, scale: 1.1 } as const
const PHONE = { width: 360, height: 780, scale: 1.25, isPublic: true } as const

const codeOf = ({ demonstration }: Given, where: string) => demonstration.find(`
  select l.code from recipient r join short_link l on l.code = r.code join campaign c on c.id = r.campaign_id
  where c.kind = 'availability' and ${where} order by r.id limit 1`)

/** In the order of the guides; whatever changes the demonstration comes last. */
export const SHOTS: readonly Shot[] = [
  {
    name: 'search', ...DESK, height: 720, isWindow: true,
    async show({ page }) {
      await page.goto('/candidates?q=cariste')
      for (const box of (await page.locator('tbody [type=checkbox]').all()).slice(0, 3)) await box.check()
      await page.locator('.selection-bar summary').click()
      await page.evaluate('scrollTo(0, 0)')
    },
  },
  {
    name: 'compose', most: 900,
    async show(given) {
      await given.page.goto(`/campaigns/${await campaign(given, 'Grutiers')}`)
    },
  },
  {
    name: 'exclusions', most: 480,
    async show(given) {
      await given.page.goto(`/campaigns/${await campaign(given, 'Carte BTP')}`)
      await given.page.evaluate(`document.querySelector('#draft details').open = true`)
      return '#draft > section'
    },
  },
  {
    name: 'check', ...DESK, most: 860,
    async show(given) {
      await given.page.goto(`/campaigns/${await campaign(given, 'Carte BTP')}/check`)
    },
  },
  {
    name: 'campaign', most: 820,
    async show(given) {
      await given.page.goto(`/campaigns/${await campaign(given, 'Préparateurs')}`)
    },
  },
  {
    name: 'campaigns', ...DESK, most: 640,
    async show({ page }) {
      await page.goto('/campaigns?tab=all')
    },
  },
  {
    name: 'record', most: 820,
    async show(given) {
      const id = await given.demonstration.find(`
        select r.candidate_id from answer a join recipient r on r.id = a.recipient_id join campaign c on c.id = r.campaign_id
        where c.name like 'Préparateurs%' and a.choice = 'yes' order by a.comment = '', a.recipient_id limit 1`)
      await given.page.goto(`/candidates/${id}`)
    },
  },
  { name: 'board', most: 620, show: async ({ page }) => { await page.goto('/availability') } },
  { name: 'replies', most: 620, show: async ({ page }) => { await page.goto('/replies') } },
  {
    name: 'doubts', most: 760,
    async show(given) {
      await given.page.goto(`/campaigns/${await given.demonstration.find(`select b.campaign_id from message m join batch b on b.id = m.batch_id where m.state = 'in_doubt' group by 1 order by count(*) desc, 1 limit 1`)}/doubts`)
    },
  },
  {
    name: 'page', ...PHONE, most: 720,
    async show(given) {
      await given.page.goto(given.demonstration.linkOf(await codeOf(given, `c.name like 'Préparateurs%' and not exists (select from answer a where a.recipient_id = r.id) and exists (select from message m where m.recipient_id = r.id and m.state = 'delivered')`)))
      return 'body'
    },
  },
  { name: 'notifications', most: 700, show: async ({ page }) => { await page.goto('/account/notifications') } },
  { name: 'steps', most: 700, show: async ({ page }) => { await page.goto('/admin/guide') } },
  { name: 'branding', most: 900, show: async ({ page }) => { await page.goto('/admin/branding') } },
  { name: 'users', most: 560, show: async ({ page }) => { await page.goto('/admin/users') } },
  { name: 'senders', most: 560, show: async ({ page }) => { await page.goto('/admin/senders') } },
  { name: 'limits', most: 640, show: async ({ page }) => { await page.goto('/admin/limits'); return 'form.stack' } },
  { name: 'key', most: 760, show: async ({ page }) => { await page.goto('/admin/api-keys/new') } },
  {
    name: 'webhook', most: 820,
    async show({ page, demonstration }) {
      await page.goto(`/admin/webhooks/${await demonstration.find("select id from webhook_endpoint where state = 'paused' order by id limit 1")}`)
    },
  },
  { name: 'calendars', most: 560, show: async ({ page }) => { await page.goto('/availability/calendars') } },
  {
    name: 'template', most: 860,
    async show({ page, demonstration }) {
      await page.goto(`/templates/${await demonstration.find(`select id from message_template where name = 'Relance de disponibilité' order by id limit 1`)}`)
    },
  },
  {
    name: 'import', most: 560,
    async show({ page, t }) {
      await page.goto('/candidates/import')
      await page.setInputFiles('[name=file]', { name: 'interimaires.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) })
      await page.getByRole('button', { name: t('imports.upload.submit') }).click()
      await page.getByRole('button', { name: t('imports.mapping.submit') }).click()
      await page.getByRole('button', { name: t('imports.checked.discard') }).waitFor()
    },
    after: async ({ page, t }) => {
      await page.getByRole('button', { name: t('imports.checked.discard') }).click()
      await page.getByText(t('imports.heading.discarded')).first().waitFor()
    },
  },
  {
    name: 'undo', most: 420,
    async show(given) {
      const { page, t } = given
      await page.goto(`/campaigns/${await campaign(given, 'Carte BTP')}`)
      await page.getByLabel(t('schedule.now')).check()
      await page.getByRole('button', { name: t('compose.toCheck') }).click()
      const confirm = page.locator('[name=checked]')
      if (await confirm.count()) await confirm.check()
      await page.locator('form .btn.primary.large').click()
      await page.getByRole('button', { name: t('launching.undo.submit') }).waitFor()
    },
    after: async ({ page, t }) => {
      await page.getByRole('button', { name: t('launching.undo.submit') }).click()
      await page.getByRole('button', { name: t('compose.toCheck') }).waitFor()
    },
  },
]

/** What stands in the README. */
export const README_SHOTS: readonly Shot[] = [
  { ...SHOTS.find(({ name }) => name === 'campaign')!, width: 1280, scale: 1 },
  { ...SHOTS.find(({ name }) => name === 'page')!, name: 'landing', scale: 2 },
]

const CSV = `Matricule;Nom;Prénom;Mobile;Métier;Ville;Accord SMS
A-0101;Roussel;Inès;06 39 98 71 01;Cariste;Vénissieux;oui
A-0102;Diallo;Moussa;06 39 98 71 02;Préparateur de commandes;Saint-Priest;oui
A-0103;Lefèvre;Paul;06 39 98 71;Manutentionnaire;Bron;oui
A-0104;Nguyen;Linh;06 39 98 71 04;Cariste;Lyon;non
A-0105;Costa;João;04 65 71 00 05;Magasinier;Corbas;oui
`
