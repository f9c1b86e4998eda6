import { describe, expect, test } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { OPEN_ALWAYS } from '../../src/sms/windows.ts'
import { actionScene, plain, startingOn, workday } from '../support/actions.ts'
import { moveMessages, SENT } from '../support/factories/batches.ts'

const scene = actionScene()

describe('resuming', () => {
  test('asks for a date, shows what it comes to, and gives every unfinished batch a new one', async () => {
    const given = await scene.make('paused', [{ recipients: 2, due: '-3 days', state: 'done' }, { recipients: 3, due: '-1 day', state: 'running' }, { recipients: 1, due: '-2 hours', state: 'held' }, { recipients: 4, due: '1 day' }])
    await moveMessages(scene.database, given.campaignId, SENT, { batchId: given.batchIds[0]! })
    await moveMessages(scene.database, given.campaignId, SENT, { batchId: given.batchIds[1]!, limit: 1 })
    const before = await given.now()
    const on = '2027-03-05' // a Friday
    const asked = await scene.recruiter.get(given.url('resumption'))
    expect(plain(asked.text)).toContain('7 SMS attendent, en 3 lots.')
    const shown = await scene.recruiter.submit(asked, { start_on: on, start_time: '09:15', weekends: undefined }, { button: 'Voir le calendrier' })
    expect(shown.status).toBe(200)
    expect(plain(shown.text)).toMatch(/Lot 2 : 2, vendredi 5 mars 2027 à 09:15.*Lot 3 : 1, lundi 8 mars 2027 à 09:15.*Lot 4 : 4, mardi 9 mars 2027 à 09:15.*Fin estimée : mardi 9 mars 2027 à 09:15/)
    expect((await given.now()).status).toBe('paused')

    const done = await scene.recruiter.submit(shown, {}, { button: 'Reprendre' })
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
    const recipients = await scene.database.db.selectFrom('message').select(['batch_id', 'e164']).where('campaign_id', '=', given.campaignId).orderBy('id').execute()
    expect(recipients.map(({ e164 }) => e164)).toEqual(given.e164)
  })

  test('leads back to scheduled when no SMS ever left, else to in process (S80)', async () => {
    const untouched = await scene.make('paused', [{ recipients: 2, due: '-1 hour', state: 'running' }])
    await scene.recruiter.post(scene.recruiter.home, untouched.url('resumption'), startingOn(workday(3)))
    expect(await untouched.now()).toMatchObject({ status: 'scheduled', batches: [{ state: 'planned', started_at: null }] })
    const doubtful = await scene.make('paused', [{ recipients: 2, due: '-1 hour', state: 'running' }])
    await moveMessages(scene.database, doubtful.campaignId, ['leased', 'submitting', 'in_doubt'], { limit: 1 })
    await scene.recruiter.post(scene.recruiter.home, doubtful.url('resumption'), startingOn(workday(3)))
    expect((await doubtful.now()).status).toBe('in_process')
  })

  test('at once begins within the next tick, whatever the weekday, and completes', async () => {
    const given = await scene.make('paused', [{ recipients: 2, due: '-1 day', state: 'held' }, { recipients: 1, due: '1 day' }])
    const asked = await scene.recruiter.get(given.url('resumption'))
    let done = await scene.recruiter.submit(asked, { starts: 'now' }, { button: 'Reprendre' })
    // On a Saturday or a Sunday the page warns first; the second press means it.
    if (done.status === 422) done = await scene.recruiter.submit(done, {}, { button: 'Reprendre' })
    expect(plain(done.text)).toContain('L’envoi reprendra dans les secondes qui suivent.')
    await scene.tick()
    expect(await given.now()).toMatchObject({ status: 'in_process', states: ['running', 'planned'] })
    await moveMessages(scene.database, given.campaignId, SENT)
    await scene.database.pool.query('update batch set due_at = app_now() where campaign_id = $1 and no = 2', [given.campaignId])
    await scene.tick()
    await scene.tick()
    expect((await given.now()).status).toBe('completed')
  })

  test('where everything has left asks for no date, and the campaign ends', async () => {
    const given = await scene.make('suspended', [{ recipients: 1, due: '-1 day', state: 'done' }])
    await moveMessages(scene.database, given.campaignId, SENT)
    const asked = await scene.administrator.get(given.url('release'))
    expect(plain(asked.text)).toContain('Plus aucun SMS n’attend : la campagne se terminera.')
    expect(asked.html).not.toContain('name="start_on"')
    const done = await scene.administrator.submit(asked, { read: 'on' }, { button: 'Débloquer' })
    expect(plain(done.text)).toContain('Tout est parti : la campagne se termine.')
    await scene.tick()
    expect((await given.now()).status).toBe('completed')
  })
})

describe('rescheduling', () => {
  test('proposes the dates there are, moves what has not begun, and leaves alone what is under way', async () => {
    const given = await scene.make('in_process', [{ recipients: 2, due: '-1 hour', state: 'running' }, { recipients: 3, due: '1 day' }, { recipients: 1, due: '2 days' }])
    const before = await given.now()
    const asked = await scene.recruiter.get(given.url('rescheduling'))
    expect(asked.html).toContain(`value="${before.batches[1]!.local_date}"`)
    expect(plain(asked.text)).toContain('4 SMS attendent, en 2 lots.')
    await scene.recruiter.submit(asked, { start_on: '2027-03-05', start_time: '9h', weekends: 'on' }, { button: 'Reprogrammer' })
    const now = await given.now()
    expect(now).toMatchObject({ status: 'in_process', states: ['running', 'planned', 'planned'], allow_weekends: true, events: [{ kind: 'rescheduled', detail: { on: '2027-03-05', time: '09:00' } }] })
    expect(now.batches.map(({ local_date }) => local_date)).toEqual([before.batches[0]!.local_date, '2027-03-05', '2027-03-06'])
    expect(now.batches[0]).toEqual(before.batches[0])
  })

  test('refuses a day that already has a batch, and proposes the next one, which one press takes', async () => {
    const given = await scene.make('in_process', [{ recipients: 1, due: '0', state: 'running' }, { recipients: 1, due: '3 days' }])
    const today = (await given.now()).batches[0]!.local_date
    const asked = await scene.recruiter.get(given.url('rescheduling'))
    expect(plain(asked.text)).toContain('Un lot occupe déjà la journée.')
    const refused = await scene.recruiter.post(scene.recruiter.home, given.url('rescheduling'), startingOn(today, '23:59', { warned: today }))
    expect(refused.status).toBe(422)
    expect(plain(refused.text)).toContain('un seul part par jour')
    expect(refused.html).toContain('value="23:59"')
    const next = await scene.recruiter.submit(refused, {}, { button: 'Prendre' })
    expect(next.status).toBe(200)
    await scene.recruiter.submit(next, {}, { button: 'Reprogrammer' })
    const now = await given.now()
    expect(now.kinds).toEqual(['rescheduled'])
    expect(now.batches[1]!.local_date > today).toBe(true)
  })

  test('is not offered when every batch has begun, and says so', async () => {
    const given = await scene.make('in_process', [{ recipients: 1, due: '-1 minute', state: 'running' }])
    const page = await scene.recruiter.get(given.url('rescheduling'))
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
    const given = await scene.make('paused')
    const page = await scene.recruiter.post(scene.recruiter.home, given.url('resumption'), { starts: 'later', action: 'do', weekends: 'on', ...fields })
    expect(page.status).toBe(422)
    expect(plain(page.text)).toContain(sentence)
    for (const typed of Object.values(fields)) if (!/[<x]/.test(typed)) expect(page.html).toContain(`value="${typed}"`)
    expect(page.html).toMatch(/name="weekends"[^>]* checked/)
    expect((await given.now()).status).toBe('paused')
  })

  test('a Saturday is warned of, and goes when it is confirmed once more (S65)', async () => {
    const given = await scene.make('paused')
    const asked = await scene.recruiter.get(given.url('resumption'))
    const warned = await scene.recruiter.submit(asked, { start_on: '2027-03-06', start_time: '10:00', weekends: undefined }, { button: 'Reprendre' })
    expect(warned.status).toBe(422)
    expect(plain(warned.text)).toContain('partirait un samedi')
    await scene.recruiter.submit(warned, {}, { button: 'Reprendre' })
    expect((await given.now()).batches.map(({ local_date }) => local_date)).toEqual(['2027-03-06', '2027-03-08', '2027-03-09'])
  })

  test('outside the hours of sending is shown to wait for them, and never proposed', async () => {
    await saveSetting(scene.database.db, scene.company.scope, 'sms.windows', { FR: { weekdays: [1, 2, 3, 4, 5], opens: '09:00', closes: '18:00', onHolidays: true } })
    try {
      const given = await scene.make('paused')
      const asked = await scene.recruiter.get(given.url('resumption'))
      const [on, time] = ['start_on', 'start_time'].map((name) => new RegExp(`value="([^"]*)"[^>]*name="${name}"`).exec(asked.html)![1]!)
      expect([0, 6]).not.toContain(new Date(`${on}T12:00:00Z`).getUTCDay())
      expect(time! >= '09:00' && time! < '18:00').toBe(true)
      const shown = await scene.recruiter.submit(asked, { start_on: '2027-03-05', start_time: '18:30', weekends: 'on' }, { button: 'Voir le calendrier' })
      expect(plain(shown.text)).toContain('Départ lundi 8 mars 2027 à 09:00')
      expect(plain(shown.text)).toContain('Hors des heures d’envoi : partira lundi 8 mars 2027 à 09:00.')
    } finally {
      await saveSetting(scene.database.db, scene.company.scope, 'sms.windows', OPEN_ALWAYS)
    }
  })

  test('the calendar follows every change of the form, with the warnings, and changes nothing', async () => {
    const given = await scene.make('paused')
    const piece = await scene.recruiter.agent.post(given.url('resumption')).set({ 'hx-request': 'true', 'hx-request-type': 'partial', 'sec-fetch-site': 'same-origin' }).type('form')
      .send(new URLSearchParams({ _csrf: /name="_csrf" value="([^"]+)"/.exec(scene.recruiter.home.html)![1]!, starts: 'later', start_on: '2027-03-27', start_time: '02:30', weekends: 'on', action: 'show' }).toString())
    expect(piece.status).toBe(200)
    expect(piece.text).toContain('id="replan"')
    // The day after, half past two does not exist.
    expect(plain(piece.text)).toMatch(/dimanche 28 mars 2027 à 03:30[\s\S]*les horloges avancent d’une heure/)
    expect((await given.now()).status).toBe('paused')
  })
})

describe('what somebody else did meanwhile', () => {
  test.each([['resumption', 'paused', 'Reprendre'], ['rescheduling', 'scheduled', 'Reprogrammer'], ['release', 'suspended', 'Débloquer']] as const)('%s shows where the campaign stands and keeps what was typed', async (step, status, button) => {
    const given = await scene.make(status)
    const asked = await scene.administrator.get(given.url(step))
    await scene.database.pool.query('update campaign set updated_at = app_now() where id = $1', [given.campaignId])
    const stale = await scene.administrator.submit(asked, { start_on: '2027-03-05', start_time: '09:15', ...(step === 'release' ? { read: 'on' } : {}) }, { button })
    expect(stale.status).toBe(409)
    expect(plain(stale.text)).toContain('La campagne a changé pendant que vous remplissiez cette page')
    expect(stale.html).toContain('value="2027-03-05"')
    expect((await given.now()).kinds).toEqual([])
    await scene.administrator.submit(stale, {}, { button })
    expect((await given.now()).kinds).toHaveLength(1)
  })

  test('two recruiters resume at the same moment: one does, the other is told', async () => {
    const given = await scene.make('paused')
    const asked = await scene.recruiter.get(given.url('resumption'))
    const pages = await Promise.all([5, 6].map((days) => scene.recruiter.submit(asked, { start_on: workday(days), start_time: '10:00' }, { button: 'Reprendre' })))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await given.now()).kinds).toEqual(['resumed'])
  })

  test('a cancellation asked on an older page is asked again', async () => {
    const given = await scene.make('scheduled')
    const asked = await scene.recruiter.get(given.url('cancellation'))
    await scene.recruiter.post(scene.recruiter.home, given.url('rescheduling'), startingOn(workday(5), '10:00', { weekends: 'on' }))
    const stale = await scene.recruiter.submit(asked, {}, { form: '/cancellation' })
    expect(stale.status).toBe(409)
    await scene.recruiter.submit(stale, {}, { form: '/cancellation' })
    expect((await given.now()).status).toBe('cancelled')
  })
})

describe('releasing', () => {
  test('shows the reason with its figures, wants it read, and leads on (S80)', async () => {
    const given = await scene.make('suspended', [{ recipients: 4, due: '-1 hour', state: 'running' }])
    await scene.database.pool.query(`update campaign set status_detail = '{"failed":31,"finals":120,"percent":26,"limit":25}' where id = $1`, [given.campaignId])
    await moveMessages(scene.database, given.campaignId, SENT, { limit: 1 })
    const asked = await scene.administrator.get(given.url('release'))
    expect(plain(asked.text)).toContain('31 échecs ou désinscriptions sur les 120 derniers SMS, soit 25,8 %')
    const unread = await scene.administrator.submit(asked, { start_on: workday(4), start_time: '11:00' }, { button: 'Débloquer' })
    expect(unread.status).toBe(422)
    expect(plain(unread.text)).toContain('Cochez la case après avoir lu la raison')
    expect(unread.html).toContain('value="11:00"')
    await scene.administrator.submit(unread, { read: 'on' }, { button: 'Débloquer' })
    const now = await given.now()
    expect(now).toMatchObject({ status: 'in_process', status_reason: null, states: ['planned'], kinds: ['released'] })
    expect(now.released_at).toBeInstanceOf(Date)
  })
})
