import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { pino } from 'pino'
import { findViewer } from '../../src/auth/queries.ts'
import { readReplies } from '../../src/availability/readings.commands.ts'
import { advanceCampaigns, holdAfterGap } from '../../src/campaigns/advance.commands.ts'
import { answerReplies } from '../../src/campaigns/auto-response.commands.ts'
import { tellOfClosings } from '../../src/campaigns/closing.commands.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { resumeLaunches } from '../../src/campaigns/launching.commands.ts'
import { remindDue } from '../../src/campaigns/reminders.commands.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { NO_FILTERS } from '../../src/candidates/domain.ts'
import { placePeople } from '../../src/candidates/places.commands.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { createDispatcher } from '../../src/messaging/dispatcher.ts'
import { reconcileDoubts } from '../../src/messaging/reconcile.commands.ts'
import { gatherNews } from '../../src/notifications/gathering.commands.ts'
import { mailNews } from '../../src/notifications/mailing.commands.ts'
import { erasePerson } from '../../src/privacy/erasure.commands.ts'
import { purge } from '../../src/privacy/retention.commands.ts'
import { signWebhook } from '../../src/simulator/tokens.ts'
import { registerTasks } from '../../src/tasks.ts'
import { purgeHits } from '../../src/web/rate-limit.queries.ts'
import { paths } from '../../src/web/paths.ts'
import { fillAgency } from '../bench/volume/fill.ts'
import { startTestApp } from './app.ts'
import { makeDraft } from './factories/campaigns.ts'
import { largeTables, watchPlans } from './plans.ts'
import { settings } from './sending.ts'

const SIZE = { people: 12_000, campaigns: 120, recipients: 40_000 }
/** From here on reading a table as a whole is felt. */
const LARGE = 2_000

export type Scene = Awaited<ReturnType<typeof openScene>>

/** An agency of some years with the real application on it, whose every statement tells how it was carried out. */
export async function openScene(url: string) {
  const open = (more: { connections?: number; forSending?: boolean } = {}) => openDatabase({ databaseUrl: url, dataDir: '/nowhere', ...more })
  const plain = await open({ connections: 2 })
  const admin = new pg.Client(url)
  await admin.connect()
  const agency = await fillAgency(plain.db, admin, SIZE)
  await admin.end()
  const database = await open()
  const sending = await open({ connections: 6, forSending: true })
  const plans = watchPlans(database.pool)
  const plansOfSending = watchPlans(sending.pool)
  // Where the provider would be: what it is handed, it takes.
  const gateway = { handOver: async () => ({ outcome: 'accepted' as const, providerId: randomUUID() }) }
  const app = await startTestApp(database, { gateway, registerTasks: (deps) => registerTasks(deps, { embedded: false }) })
  const visitor = await app.signIn(agency.admin)
  const samples = await sample(plain.pool, agency.scope.companyId)
  const large = await largeTables(plain.pool, LARGE)
  plans.take()
  return {
    agency, app, database, sending, visitor, plans, plansOfSending, samples, large, gateway,
    /** Beside the watch: to look something up for the test itself. */
    ask: async <Row extends object>(text: string, values: unknown[] = []) => (await plain.pool.query<Row>(text, values)).rows,
    close: async () => {
      await app.close()
      for (const one of [sending, database, plain]) await one.close()
    },
  }
}

/** Records that differ in what hangs on them. */
async function sample(pool: pg.Pool, companyId: number) {
  const ids = async (text: string) => (await pool.query<{ id: number }>(text, [companyId])).rows.map(({ id }) => id)
  const { rows: [link] } = await pool.query<{ code: string }>(`
    select r.code from recipient r join campaign c on c.id = r.campaign_id join message m on m.recipient_id = r.id
    where r.company_id = $1 and c.status = 'in_process' and c.kind = 'availability' and m.state = 'delivered' and not exists (select from answer a where a.recipient_id = r.id) limit 1`, [companyId])
  return {
    people: await ids(`(select candidate_id as id from recipient where company_id = $1 group by 1 order by count(*) desc limit 1) union all (select max(id) from candidate where company_id = $1)`),
    // Of each kind of page, and the largest of all.
    campaigns: [...await ids(`select max(id) as id from campaign where company_id = $1 and status in ('in_process', 'draft') group by status`), ...await ids(`select campaign_id as id from recipient where company_id = $1 group by 1 order by count(*) desc limit 1`)],
    replies: await ids(`select min(id) as id from reply where company_id = $1 group by reading_state`),
    recipients: await ids(`select max(id) as id from recipient where company_id = $1`),
    codes: [link!.code, '0123456789abc'],
  }
}

/** What is set going by hand, by the provider or by the clock, each by its name. */
export function jobsOf({ agency, app, sending, visitor, samples, gateway, ask }: Scene): Record<string, () => Promise<unknown>> {
  const { deps } = app
  const { scope, small } = agency
  const code = samples.codes[0]!
  const config = settings({ SEND_RATE: '1000' })
  const campaign = async (status: string) => (await ask<{ id: number }>('select max(id) as id from campaign where status = $1', [status]))[0]!.id
  const hook = async (path: string, event: Record<string, unknown>) => {
    const body = JSON.stringify({ channel: 'sms', timestamp: new Date().toISOString(), message_uuid: randomUUID(), ...event })
    const response = await fetch(app.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: signWebhook(body, deps.webhookKeys) } })
    if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`)
  }
  const step = async (status: string, name: 'pause' | 'resumption' | 'cancellation' | 'closing' | 'release', form: string = name) => visitor.submit(await visitor.get(paths.campaignStep(await campaign(status), name)), {}, { form: `/${form}` })
  const draft = { id: 0 }
  const user = async () => (await findViewer(deps.db, (await ask<{ id: number }>('select id from app_user where email = $1', [agency.admin.email]))[0]!.id))!

  return {
    'the page of a link': () => app.visit().get(`/r/${code}`),
    'an answer': async () => {
      const guest = app.visit()
      return guest.submit(await guest.get(`/r/${code}`), { answer: 'yes', from: 'other', from_date: '2027-03-03', comment: 'oui' }, { form: '/answer' })
    },
    'a stop on the page': async () => {
      const guest = app.visit()
      return guest.submit(await guest.get(`/r/${code}/stop`), {}, { form: '/stop' })
    },
    'a receipt': async () => {
      const [attempt] = await ask<{ id: string; provider_id: string }>(`select a.id, a.provider_id from send_attempt a join message m on m.id = a.message_id where m.state = 'accepted' and a.provider_id is not null limit 1`)
      await hook(paths.statusWebhook, { message_uuid: attempt!.provider_id, client_ref: attempt!.id, to: '33639980001', from: '38047', status: 'delivered' })
    },
    'texts that people send': async () => {
      const [person] = await ask<{ e164: string }>(`select m.e164 from message m join campaign c on c.id = m.campaign_id where c.status = 'in_process' and m.state = 'delivered' order by m.id desc limit 1`)
      for (const text of ['Oui, libre lundi', 'STOP', 'arrêt maladie']) await hook(paths.inboundWebhook, { to: '38047', from: person!.e164.slice(1), message_type: 'text', text })
    },
    'texts that are read for answers': () => readReplies(deps),
    'automatic answers': () => answerReplies(deps),
    'sending': async () => {
      const dispatcher = createDispatcher({ db: sending.db, gateway, config, log: pino({ level: 'silent' }) })
      if ((await dispatcher.runOnce()) === 0) throw new Error('nothing was sent')
      await dispatcher.stop()
    },
    'the clock of campaigns': () => advanceCampaigns(deps),
    'the look after a standstill': () => holdAfterGap(deps),
    'reminders that are due': () => remindDue(deps),
    'closings to come': () => tellOfClosings(deps),
    'news for people': () => gatherNews(deps),
    'mails of news': () => mailNews(deps),
    'forgotten launches': () => resumeLaunches(deps),
    'doubts that are looked up': () => reconcileDoubts({ ...deps, records: { isClosed: () => false, find: async () => ({ outcome: 'answered', records: [], isComplete: true }) } }),
    'people without a place': () => placePeople(deps, new AbortController().signal),
    'hits of the rate limits': () => purgeHits(deps.db),
    'a launch': async () => {
      const viewer = await user()
      const { id: senderId } = (await ask<{ id: number }>('select id from sms_sender where company_id = $1', [scope.companyId]))[0]!
      Object.assign(draft, await makeDraft(deps.db, scope, { createdBy: viewer.userId, senderId, audience: { mode: 'query', filters: { ...NO_FILTERS, list: String(small) }, except: [] } }))
      const launched = await launchCampaign(deps, viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 1_000_000 })
      if (!launched.ok) throw new Error(`the launch was refused: ${launched.reason}`)
    },
    'a launch taken back': async () => undoLaunch(deps, await user(), draft.id),
    'a campaign made of a search, and its audience': async () => {
      const page = await visitor.post(visitor.home, paths.campaigns, { all: '1', trade: 'Scaphandrier' })
      return visitor.submit(page, {}, { form: '/draft', button: 'Aperçu et confirmation' })
    },
    'a pause': () => step('in_process', 'pause'),
    'a resumption': () => step('paused', 'resumption'),
    'a cancellation': () => step('scheduled', 'cancellation'),
    'a closing': () => step('in_process', 'closing'),
    'a note': async () => visitor.submit(await visitor.get(`/candidates/${samples.people[0]}`), { body: 'Rappeler lundi' }, { form: '/notes' }),
    'a file of people': async () => {
      const rows = Array.from({ length: 50 }, (_row, n) => `N${n};Nouveau${n};Zoé;06 39 98 ${String(n).padStart(2, '0')} 01;p${n * 31}@exemple.fr;Maçon;oui`)
      const mapping = await visitor.submit(await visitor.get(paths.imports), { file: { filename: 'a.csv', content: ['Référence;Nom;Prénom;Mobile;E-mail;Métier;Accord SMS', ...rows].join('\r\n') } })
      await visitor.submit(mapping, {}, { button: 'Vérifier le fichier' })
      await deps.queue.drain()
      const report = await visitor.get(mapping.url)
      await visitor.submit(report, {}, { form: '/confirmation' })
      await deps.queue.drain()
    },
    'somebody forgotten': () => erasePerson(deps, scope, { candidateId: samples.people[0]!, by: 'retention' }),
    'the retention': () => purge(deps, new AbortController().signal),
    'what is left in the queue': () => deps.queue.drain(),
  }
}
