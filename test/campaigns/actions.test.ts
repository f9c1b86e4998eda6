import { describe, expect, test } from 'vitest'
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../../src/campaigns/domain.ts'
import { actionScene, plain, startingOn, workday } from '../support/actions.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { moveMessages, SENT } from '../support/factories/batches.ts'
import { countStates } from '../support/factories/messaging.ts'

const scene = actionScene()

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
    const given = await scene.make(status)
    const before = await given.now()
    const asked = await scene.administrator.get(given.url(step))
    expect(asked.status).toBe(to ? 200 : 409)
    const answered = await scene.administrator.post(scene.administrator.home, given.url(step), startingOn(workday(5), '10:00', { read: 'on', weekends: 'on' }))
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
      const given = await scene.make(status)
      const page = await scene.administrator.post(scene.administrator.home, given.url(status === 'paused' ? 'pause' : 'resumption'), startingOn(workday(5)))
      if (status !== 'paused') expect(plain(page.text)).toContain('Possible maintenant')
      else expect(plain(page.text)).toContain('Possible maintenant : Reprendre, Régler les réponses, Clore les réponses, Annuler la campagne')
    }
  })

  test('what the system stopped is an administrator’s to release or cancel; a recruiter is told so', async () => {
    const given = await scene.make('suspended')
    expect((await scene.recruiter.get(given.url('release'))).status).toBe(403)
    expect((await scene.recruiter.get(given.url('cancellation'))).status).toBe(403)
    expect((await scene.recruiter.post(scene.recruiter.home, given.url('cancellation'))).status).toBe(403)
    expect((await given.now()).status).toBe('suspended')
  })

  test('another company’s campaign is not there', async () => {
    const other = await makeCompany(scene.database.db)
    const stranger = await scene.app.signIn(await makeUser(scene.database.db, other.scope, { role: 'administrator' }))
    const given = await scene.make('in_process')
    for (const { step } of Object.values(TABLE)) {
      expect((await stranger.get(given.url(step))).status).toBe(404)
      expect((await stranger.post(stranger.home, given.url(step), startingOn(workday(5)))).status).toBe(404)
    }
    expect((await given.now()).kinds).toEqual([])
  })
})

describe('pausing', () => {
  test('says before and after how many are out and in flight: those cannot be recalled (S80)', async () => {
    const given = await scene.make('in_process', [{ recipients: 9, due: '-1 minute', state: 'running' }])
    await moveMessages(scene.database, given.campaignId, SENT, { limit: 3 })
    await moveMessages(scene.database, given.campaignId, ['leased', 'submitting'], { limit: 2 })
    await moveMessages(scene.database, given.campaignId, ['leased', 'submitting', 'in_doubt'], { limit: 1 })
    const asked = await scene.recruiter.get(given.url('pause'))
    expect(plain(asked.text)).toContain('3 SMS sont déjà partis et ne peuvent pas être repris')
    expect(plain(asked.text)).toContain('2 SMS partent en ce moment')
    expect(plain(asked.text)).toContain('Pour 1 SMS, on ne sait pas')
    expect(plain(asked.text)).toContain('3 SMS attendront la reprise')
    expect(plain(asked.text)).toContain('Une campagne en pause peut aussi être annulée')
    const done = await scene.recruiter.submit(asked, {}, { form: '/pause' })
    expect(plain(done.text)).toContain('La campagne est en pause. 3 SMS sont partis, 2 étaient en train de partir, 3 attendent.')
    const now = await given.now()
    expect(now).toMatchObject({ status: 'paused', status_reason: 'person', states: ['running'], events: [{ kind: 'paused', detail: { out: 6 } }] })
    const journal = await scene.database.db.selectFrom('journal').select('action').where('company_id', '=', scene.company.id).where('subject_id', '=', String(given.campaignId)).execute()
    expect(journal).toEqual([{ action: 'campaign.paused' }])
  })

  test('waits for nobody: a gate that holds its rows does not keep it', async () => {
    const given = await scene.make('in_process', [{ recipients: 2, due: '-1 minute', state: 'running' }])
    const gate = await scene.database.pool.connect()
    try {
      await gate.query('begin')
      await gate.query('select id from message where campaign_id = $1 for no key update', [given.campaignId])
      await gate.query('select e164 from phone where company_id = $1 for no key update', [scene.company.id])
      expect((await scene.recruiter.submit(await scene.recruiter.get(given.url('pause')), {}, { form: '/pause' })).status).toBe(200)
    } finally {
      await gate.query('rollback')
      gate.release()
    }
    expect((await given.now()).status).toBe('paused')
  })

  test('goes through although somebody changed the campaign since the page was made', async () => {
    const given = await scene.make('in_process')
    const asked = await scene.recruiter.get(given.url('pause'))
    await scene.database.pool.query('update campaign set updated_at = app_now() where id = $1', [given.campaignId])
    await scene.recruiter.submit(asked, {}, { form: '/pause' })
    expect((await given.now()).status).toBe('paused')
  })
})

describe('cancelling and closing', () => {
  test('from a pause works too, and the page says so openly (S80)', async () => {
    const given = await scene.make('paused', [{ recipients: 3, due: '-1 day', state: 'held' }, { recipients: 1, due: '1 day' }])
    const asked = await scene.recruiter.get(given.url('cancellation'))
    expect(plain(asked.text)).toContain('L’annulation est possible même quand la campagne est arrêtée.')
    const done = await scene.recruiter.submit(asked, {}, { form: '/cancellation' })
    expect(plain(done.text)).toContain('La campagne est annulée. Aucun SMS n’est parti, aucun n’était en train de partir, 4 ne partiront pas.')
    expect(await given.now()).toMatchObject({ status: 'cancelled', states: ['cancelled', 'cancelled'], events: [{ kind: 'cancelled', detail: { taken: 4 } }] })
    expect(await countStates(scene.database.db, given.campaignId)).toEqual({ cancelled: 4 })
  })

  test('closing in the middle ends the campaign: what is planned never begins', async () => {
    const given = await scene.make('in_process', [{ recipients: 2, due: '-1 minute', state: 'running' }, { recipients: 3, due: '1 day' }])
    await moveMessages(scene.database, given.campaignId, SENT, { limit: 1 })
    await scene.recruiter.submit(await scene.recruiter.get(given.url('closing')), {}, { form: '/closing' })
    await scene.tick()
    expect(await given.now()).toMatchObject({ status: 'completed', states: ['done', 'cancelled'], kinds: ['closed', 'batch_sent', 'completed'] })
  })
})
