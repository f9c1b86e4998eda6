import { DateTime } from 'luxon'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../../src/campaigns/domain.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { look, makePlanned, moveMessages, SENT, type GivenBatch } from '../support/factories/batches.ts'
import { countStates } from '../support/factories/messaging.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let recruiter: SignedIn
let administrator: SignedIn
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  recruiter = await app.signIn(await makeUser(database.db, company.scope))
  administrator = await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator' }))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const ZONE = 'Europe/Paris'
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const tick = () => advanceCampaigns(database)
/** A local day from now, never a Saturday or a Sunday. */
function workday(days: number): string {
  let date = DateTime.now().setZone(ZONE).plus({ days })
  while (date.weekday > 5) date = date.plus({ days: 1 })
  return date.toISODate()!
}
const THREE: GivenBatch[] = [{ recipients: 2, due: '1 day' }, { recipients: 3, due: '2 days' }, { recipients: 1, due: '3 days' }]

/** A campaign of the company in that status, with what such a one has. */
async function make(status: CampaignStatus, batches: GivenBatch[] = THREE) {
  const planned = await makePlanned(database, { company, status: 'in_process', batches })
  const change = status === 'draft'
    ? 'launched_at = null, launched_by = null'
    : ['completed', 'cancelled'].includes(status) ? 'finished_at = app_now()' : "status_reason = case when $2 = 'suspended' then 'drop_rate' end"
  await database.pool.query(`update campaign set status = $2::text, ${change} where id = $1`.replace('when $2 =', 'when $2::text ='), [planned.campaignId, status])
  return { ...planned, now: () => look(database, planned.campaignId), url: (step: string) => `/campaigns/${planned.campaignId}/${step}` }
}
const later = (on: string, time = '10:00', more: Record<string, string> = {}) => ({ starts: 'later', start_on: on, start_time: time, action: 'do', ...more })

describe('the table of actions (S79, S80)', () => {
  // As the requirements have it; what is not in it is refused.
  const TABLE: Record<string, { step: string; from: Partial<Record<CampaignStatus, CampaignStatus>> }> = {
    pause: { step: 'pause', from: { scheduled: 'paused', in_process: 'paused' } },
    resume: { step: 'resumption', from: { paused: 'scheduled' } },
    reschedule: { step: 'rescheduling', from: { scheduled: 'scheduled', in_process: 'in_process' } },
    release: { step: 'release', from: { suspended: 'scheduled', error: 'scheduled' } },
    cancel: { step: 'cancellation', from: { scheduled: 'cancelled', in_process: 'cancelled', paused: 'cancelled', suspended: 'cancelled', error: 'cancelled' } },
    close: { step: 'closing', from: { in_process: 'in_process', completed: 'completed', paused: 'paused', cancelled: 'cancelled', suspended: 'suspended', error: 'error' } },
  }

  test.each(Object.entries(TABLE).flatMap(([action, { step, from }]) => CAMPAIGN_STATUSES.map((status) => [action, status, step, from[status]] as const)))('%s from %s', async (_action, status, step, to) => {
    const given = await make(status)
    const before = await given.now()
    const asked = await administrator.get(given.url(step))
    expect(asked.status).toBe(to ? 200 : 409)
    const answered = await administrator.post(administrator.home, given.url(step), later(workday(5), '10:00', { read: 'on', weekends: 'on' }))
    const after = await given.now()
    expect(after.status).toBe(to ?? status)
    if (to) {
      expect(answered).toMatchObject({ status: 200, url: `/campaigns/${given.campaignId}` })
      expect(after.kinds).toHaveLength(1)
    } else {
      expect(answered.status).toBe(409)
      expect(after).toEqual(before)
    }
  })

  test('no state is a dead end: each one offers something, or is over', async () => {
    for (const status of CAMPAIGN_STATUSES) {
      const given = await make(status)
      const page = await administrator.post(administrator.home, given.url(status === 'paused' ? 'pause' : 'resumption'), later(workday(5)))
      if (status !== 'paused') expect(plain(page.text)).toContain('Possible maintenant')
      else expect(plain(page.text)).toContain('Possible maintenant : Reprendre, Clore les réponses, Annuler la campagne')
    }
  })

  test('what the system stopped is an administrator’s to release or cancel; a recruiter is told so', async () => {
    const given = await make('suspended')
    expect((await recruiter.get(given.url('release'))).status).toBe(403)
    expect((await recruiter.get(given.url('cancellation'))).status).toBe(403)
    expect((await recruiter.post(recruiter.home, given.url('cancellation'))).status).toBe(403)
    expect((await given.now()).status).toBe('suspended')
  })

  test('another company’s campaign is not there', async () => {
    const other = await makeCompany(database.db)
    const stranger = await app.signIn(await makeUser(database.db, other.scope, { role: 'administrator' }))
    const given = await make('in_process')
    for (const { step } of Object.values(TABLE)) {
      expect((await stranger.get(given.url(step))).status).toBe(404)
      expect((await stranger.post(stranger.home, given.url(step), later(workday(5)))).status).toBe(404)
    }
    expect((await given.now()).kinds).toEqual([])
  })
})

describe('pausing', () => {
  test('says before and after how many are out and in flight: those cannot be recalled (S80)', async () => {
    const given = await make('in_process', [{ recipients: 9, due: '-1 minute', state: 'running' }])
    await moveMessages(database, given.campaignId, SENT, { limit: 3 })
    await moveMessages(database, given.campaignId, ['leased', 'submitting'], { limit: 2 })
    await moveMessages(database, given.campaignId, ['leased', 'submitting', 'in_doubt'], { limit: 1 })
    const asked = await recruiter.get(given.url('pause'))
    expect(plain(asked.text)).toContain('3 SMS sont déjà partis et ne peuvent pas être repris')
    expect(plain(asked.text)).toContain('2 SMS partent en ce moment')
    expect(plain(asked.text)).toContain('Pour 1 SMS, on ne sait pas')
    expect(plain(asked.text)).toContain('3 SMS attendront la reprise')
    expect(plain(asked.text)).toContain('Une campagne en pause peut aussi être annulée')
    const done = await recruiter.submit(asked, {}, { form: '/pause' })
    expect(plain(done.text)).toContain('La campagne est en pause. 3 SMS sont partis, 2 étaient en train de partir, 3 attendent.')
    const now = await given.now()
    expect(now).toMatchObject({ status: 'paused', status_reason: 'person', states: ['running'], events: [{ kind: 'paused', detail: { out: 6 } }] })
    const journal = await database.db.selectFrom('journal').select('action').where('company_id', '=', company.id).where('subject_id', '=', String(given.campaignId)).execute()
    expect(journal).toEqual([{ action: 'campaign.paused' }])
  })

  test('waits for nobody: a gate that holds its rows does not keep it', async () => {
    const given = await make('in_process', [{ recipients: 2, due: '-1 minute', state: 'running' }])
    const gate = await database.pool.connect()
    try {
      await gate.query('begin')
      await gate.query('select id from message where campaign_id = $1 for no key update', [given.campaignId])
      await gate.query('select e164 from phone where company_id = $1 for no key update', [company.id])
      expect((await recruiter.submit(await recruiter.get(given.url('pause')), {}, { form: '/pause' })).status).toBe(200)
    } finally {
      await gate.query('rollback')
      gate.release()
    }
    expect((await given.now()).status).toBe('paused')
  })

  test('goes through although somebody changed the campaign since the page was made', async () => {
    const given = await make('in_process')
    const asked = await recruiter.get(given.url('pause'))
    await database.pool.query('update campaign set updated_at = app_now() where id = $1', [given.campaignId])
    await recruiter.submit(asked, {}, { form: '/pause' })
    expect((await given.now()).status).toBe('paused')
  })
})

describe('resuming', () => {
  test('asks for a date, shows what it comes to, and gives every unfinished batch a new one', async () => {
    const given = await make('paused', [{ recipients: 2, due: '-3 days', state: 'done' }, { recipients: 3, due: '-1 day', state: 'running' }, { recipients: 1, due: '-2 hours', state: 'held' }, { recipients: 4, due: '1 day' }])
    await moveMessages(database, given.campaignId, SENT, { batchId: given.batchIds[0]! })
    await moveMessages(database, given.campaignId, SENT, { batchId: given.batchIds[1]!, limit: 1 })
    const before = await given.now()
    const on = '2027-03-05' // a Friday
    const asked = await recruiter.get(given.url('resumption'))
    expect(plain(asked.text)).toContain('7 SMS attendent, en 3 lots.')
    const shown = await recruiter.submit(asked, { start_on: on, start_time: '09:15', weekends: undefined }, { button: 'Voir le calendrier' })
    expect(shown.status).toBe(200)
    expect(plain(shown.text)).toMatch(/Lot 2 : 2, vendredi 5 mars 2027 à 09:15.*Lot 3 : 1, lundi 8 mars 2027 à 09:15.*Lot 4 : 4, mardi 9 mars 2027 à 09:15.*Fin estimée : mardi 9 mars 2027 à 09:15/)
    expect((await given.now()).status).toBe('paused')

    const done = await recruiter.submit(shown, {}, { button: 'Reprendre' })
    expect(plain(done.text)).toContain('L’envoi reprendra vendredi 5 mars 2027 à 09:15.')
    const now = await given.now()
    expect(now).toMatchObject({ status: 'in_process', status_reason: null, status_detail: {}, states: ['done', 'planned', 'planned', 'planned'], allow_weekends: false })
    expect(now.batches.slice(1).map(({ local_date, due_at }) => [local_date, due_at.toISOString()])).toEqual([
      ['2027-03-05', '2027-03-05T08:15:00.000Z'], ['2027-03-08', '2027-03-08T08:15:00.000Z'], ['2027-03-09', '2027-03-09T08:15:00.000Z'],
    ])
    // Begun for real: it keeps that start, and so does the campaign; its end is the new one, and answers are taken as long after it.
    expect(now.batches[1]!.started_at).toEqual(before.batches[1]!.started_at)
    expect(now.starts_at).toEqual(before.starts_at)
    expect(now.ends_at).toEqual(now.batches[3]!.due_at)
    expect(Math.abs(now.closes_at.getTime() - now.ends_at.getTime() - (before.closes_at.getTime() - before.ends_at.getTime()))).toBeLessThan(3)
    expect(now.events).toEqual([{ kind: 'resumed', detail: { on, time: '09:15' } }])
    const recipients = await database.db.selectFrom('message').select(['batch_id', 'e164']).where('campaign_id', '=', given.campaignId).orderBy('id').execute()
    expect(recipients.map(({ e164 }) => e164)).toEqual(given.e164)
  })

  test('leads back to scheduled when no SMS ever left, else to in process (S80)', async () => {
    const untouched = await make('paused', [{ recipients: 2, due: '-1 hour', state: 'running' }])
    await recruiter.post(recruiter.home, untouched.url('resumption'), later(workday(3)))
    expect(await untouched.now()).toMatchObject({ status: 'scheduled', batches: [{ state: 'planned', started_at: null }] })
    const doubtful = await make('paused', [{ recipients: 2, due: '-1 hour', state: 'running' }])
    await moveMessages(database, doubtful.campaignId, ['leased', 'submitting', 'in_doubt'], { limit: 1 })
    await recruiter.post(recruiter.home, doubtful.url('resumption'), later(workday(3)))
    expect((await doubtful.now()).status).toBe('in_process')
  })

  test('at once begins within the next tick, whatever the weekday, and completes', async () => {
    const given = await make('paused', [{ recipients: 2, due: '-1 day', state: 'held' }, { recipients: 1, due: '1 day' }])
    const asked = await recruiter.get(given.url('resumption'))
    let done = await recruiter.submit(asked, { starts: 'now' }, { button: 'Reprendre' })
    // On a Saturday or a Sunday the page warns first; the second press means it.
    if (done.status === 422) done = await recruiter.submit(done, {}, { button: 'Reprendre' })
    expect(plain(done.text)).toContain('L’envoi reprendra dans les secondes qui suivent.')
    await tick()
    expect(await given.now()).toMatchObject({ status: 'in_process', states: ['running', 'planned'] })
    await moveMessages(database, given.campaignId, SENT)
    await database.pool.query('update batch set due_at = app_now() where campaign_id = $1 and no = 2', [given.campaignId])
    await tick()
    await tick()
    expect((await given.now()).status).toBe('completed')
  })

  test('where everything has left asks for no date, and the campaign ends', async () => {
    const given = await make('suspended', [{ recipients: 1, due: '-1 day', state: 'done' }])
    await moveMessages(database, given.campaignId, SENT)
    const asked = await administrator.get(given.url('release'))
    expect(plain(asked.text)).toContain('Plus aucun SMS n’attend : la campagne se terminera.')
    expect(asked.html).not.toContain('name="start_on"')
    const done = await administrator.submit(asked, { read: 'on' }, { button: 'Débloquer' })
    expect(plain(done.text)).toContain('Tout est parti : la campagne se termine.')
    await tick()
    expect((await given.now()).status).toBe('completed')
  })
})

describe('rescheduling', () => {
  test('proposes the dates there are, moves what has not begun, and leaves alone what is under way', async () => {
    const given = await make('in_process', [{ recipients: 2, due: '-1 hour', state: 'running' }, { recipients: 3, due: '1 day' }, { recipients: 1, due: '2 days' }])
    const before = await given.now()
    const asked = await recruiter.get(given.url('rescheduling'))
    expect(asked.html).toContain(`value="${before.batches[1]!.local_date}"`)
    expect(plain(asked.text)).toContain('4 SMS attendent, en 2 lots.')
    await recruiter.submit(asked, { start_on: '2027-03-05', start_time: '9h', weekends: 'on' }, { button: 'Reprogrammer' })
    const now = await given.now()
    expect(now).toMatchObject({ status: 'in_process', states: ['running', 'planned', 'planned'], allow_weekends: true, events: [{ kind: 'rescheduled', detail: { on: '2027-03-05', time: '09:00' } }] })
    expect(now.batches.map(({ local_date }) => local_date)).toEqual([before.batches[0]!.local_date, '2027-03-05', '2027-03-06'])
    expect(now.batches[0]).toEqual(before.batches[0])
  })

  test('refuses a day that already has a batch, and proposes the next one, which one press takes', async () => {
    const given = await make('in_process', [{ recipients: 1, due: '0', state: 'running' }, { recipients: 1, due: '3 days' }])
    const today = (await given.now()).batches[0]!.local_date
    const asked = await recruiter.get(given.url('rescheduling'))
    expect(plain(asked.text)).toContain('Un lot occupe déjà la journée.')
    const refused = await recruiter.post(recruiter.home, given.url('rescheduling'), later(today, '23:59', { warned: today }))
    expect(refused.status).toBe(422)
    expect(plain(refused.text)).toContain('un seul part par jour')
    expect(refused.html).toContain('value="23:59"')
    const next = await recruiter.submit(refused, {}, { button: 'Prendre' })
    expect(next.status).toBe(200)
    await recruiter.submit(next, {}, { button: 'Reprogrammer' })
    const now = await given.now()
    expect(now.kinds).toEqual(['rescheduled'])
    expect(now.batches[1]!.local_date > today).toBe(true)
  })

  test('is not offered when every batch has begun, and says so', async () => {
    const given = await make('in_process', [{ recipients: 1, due: '-1 minute', state: 'running' }])
    const page = await recruiter.get(given.url('rescheduling'))
    expect(page.status).toBe(409)
    expect(plain(page.text)).toContain('il n’y a rien à reprogrammer')
  })
})

describe('a start that cannot be', () => {
  test.each([
    [{ start_on: '2026-01-05', start_time: '10:00' }, 'Ce moment est passé'],
    [{ start_on: '31/02/2027', start_time: '10:00' }, 'Cette date n’existe pas'],
    [{ start_on: '2027-03-05', start_time: '25:00' }, 'Cette heure n’existe pas'],
    [{ start_on: '2027-03-05', start_time: '' }, 'Indiquez l’heure d’envoi'],
    [{ start_on: '', start_time: '10:00' }, 'Indiquez la date d’envoi'],
    [{ start_on: '2036-03-05', start_time: '10:00' }, 'C’est trop loin'],
    [{ start_on: '2027-03-28', start_time: '02:30' }, 'les horloges avancent d’une heure'],
    [{ start_on: '<script>', start_time: 'x'.repeat(500) }, 'Cette date n’est pas lisible'],
  ])('%j is refused in a sentence, and what was typed stays', async (fields, sentence) => {
    const given = await make('paused')
    const page = await recruiter.post(recruiter.home, given.url('resumption'), { starts: 'later', action: 'do', weekends: 'on', ...fields })
    expect(page.status).toBe(422)
    expect(plain(page.text)).toContain(sentence)
    for (const typed of Object.values(fields)) if (!/[<x]/.test(typed)) expect(page.html).toContain(`value="${typed}"`)
    expect(page.html).toMatch(/name="weekends"[^>]* checked/)
    expect((await given.now()).status).toBe('paused')
  })

  test('a Saturday is warned of, and goes when it is confirmed once more (S65)', async () => {
    const given = await make('paused')
    const asked = await recruiter.get(given.url('resumption'))
    const warned = await recruiter.submit(asked, { start_on: '2027-03-06', start_time: '10:00', weekends: undefined }, { button: 'Reprendre' })
    expect(warned.status).toBe(422)
    expect(plain(warned.text)).toContain('partirait un samedi')
    await recruiter.submit(warned, {}, { button: 'Reprendre' })
    expect((await given.now()).batches.map(({ local_date }) => local_date)).toEqual(['2027-03-06', '2027-03-08', '2027-03-09'])
  })

  test('the calendar follows every change of the form, with the warnings, and changes nothing', async () => {
    const given = await make('paused')
    const piece = await recruiter.agent.post(given.url('resumption')).set({ 'hx-request': 'true', 'hx-request-type': 'partial', 'sec-fetch-site': 'same-origin' }).type('form')
      .send(new URLSearchParams({ _csrf: /name="_csrf" value="([^"]+)"/.exec(recruiter.home.html)![1]!, starts: 'later', start_on: '2027-03-27', start_time: '02:30', weekends: 'on', action: 'show' }).toString())
    expect(piece.status).toBe(200)
    expect(piece.text).toContain('id="replan"')
    // The day after, half past two does not exist.
    expect(plain(piece.text)).toMatch(/dimanche 28 mars 2027 à 03:30[\s\S]*les horloges avancent d’une heure/)
    expect((await given.now()).status).toBe('paused')
  })
})

describe('what somebody else did meanwhile', () => {
  test.each([['resumption', 'paused', 'Reprendre'], ['rescheduling', 'scheduled', 'Reprogrammer'], ['release', 'suspended', 'Débloquer']] as const)('%s shows where the campaign stands and keeps what was typed', async (step, status, button) => {
    const given = await make(status)
    const asked = await administrator.get(given.url(step))
    await database.pool.query('update campaign set updated_at = app_now() where id = $1', [given.campaignId])
    const stale = await administrator.submit(asked, { start_on: '2027-03-05', start_time: '09:15', ...(step === 'release' ? { read: 'on' } : {}) }, { button })
    expect(stale.status).toBe(409)
    expect(plain(stale.text)).toContain('La campagne a changé pendant que vous remplissiez cette page')
    expect(stale.html).toContain('value="2027-03-05"')
    expect((await given.now()).kinds).toEqual([])
    await administrator.submit(stale, {}, { button })
    expect((await given.now()).kinds).toHaveLength(1)
  })

  test('two recruiters resume at the same moment: one does, the other is told', async () => {
    const given = await make('paused')
    const asked = await recruiter.get(given.url('resumption'))
    const pages = await Promise.all([5, 6].map((days) => recruiter.submit(asked, { start_on: workday(days), start_time: '10:00' }, { button: 'Reprendre' })))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await given.now()).kinds).toEqual(['resumed'])
  })

  test('a cancellation asked on an older page is asked again', async () => {
    const given = await make('scheduled')
    const asked = await recruiter.get(given.url('cancellation'))
    await recruiter.post(recruiter.home, given.url('rescheduling'), later(workday(5), '10:00', { weekends: 'on' }))
    const stale = await recruiter.submit(asked, {}, { form: '/cancellation' })
    expect(stale.status).toBe(409)
    await recruiter.submit(stale, {}, { form: '/cancellation' })
    expect((await given.now()).status).toBe('cancelled')
  })
})

describe('cancelling and closing', () => {
  test('from a pause works too, and the page says so openly (S80)', async () => {
    const given = await make('paused', [{ recipients: 3, due: '-1 day', state: 'held' }, { recipients: 1, due: '1 day' }])
    const asked = await recruiter.get(given.url('cancellation'))
    expect(plain(asked.text)).toContain('L’annulation est possible même quand la campagne est arrêtée.')
    const done = await recruiter.submit(asked, {}, { form: '/cancellation' })
    expect(plain(done.text)).toContain('La campagne est annulée. Aucun SMS n’est parti, aucun n’était en train de partir, 4 ne partiront pas.')
    expect(await given.now()).toMatchObject({ status: 'cancelled', states: ['cancelled', 'cancelled'], events: [{ kind: 'cancelled', detail: { taken: 4 } }] })
    expect(await countStates(database.db, given.campaignId)).toEqual({ cancelled: 4 })
  })

  test('closing in the middle ends the campaign: what is planned never begins', async () => {
    const given = await make('in_process', [{ recipients: 2, due: '-1 minute', state: 'running' }, { recipients: 3, due: '1 day' }])
    await moveMessages(database, given.campaignId, SENT, { limit: 1 })
    await recruiter.submit(await recruiter.get(given.url('closing')), {}, { form: '/closing' })
    await tick()
    expect(await given.now()).toMatchObject({ status: 'completed', states: ['done', 'cancelled'], kinds: ['closed', 'batch_sent', 'completed'] })
  })
})

describe('releasing', () => {
  test('shows the reason with its figures, wants it read, and leads on (S80)', async () => {
    const given = await make('suspended', [{ recipients: 4, due: '-1 hour', state: 'running' }])
    await database.pool.query(`update campaign set status_detail = '{"failed":31,"finals":120,"percent":26,"limit":25}' where id = $1`, [given.campaignId])
    await moveMessages(database, given.campaignId, SENT, { limit: 1 })
    const asked = await administrator.get(given.url('release'))
    expect(plain(asked.text)).toContain('31 échecs ou désinscriptions sur les 120 derniers SMS, soit 25,8 %')
    const unread = await administrator.submit(asked, { start_on: workday(4), start_time: '11:00' }, { button: 'Débloquer' })
    expect(unread.status).toBe(422)
    expect(plain(unread.text)).toContain('Cochez la case après avoir lu la raison')
    expect(unread.html).toContain('value="11:00"')
    await administrator.submit(unread, { read: 'on' }, { button: 'Débloquer' })
    const now = await given.now()
    expect(now).toMatchObject({ status: 'in_process', status_reason: null, states: ['planned'], kinds: ['released'] })
    expect(now.released_at).toBeInstanceOf(Date)
  })
})
