import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { companyScope } from '../../src/core/scope.ts'
import { makeInvitation, type Invitation } from '../support/factories/landing.ts'
import { answerWith, at, dayFromNow, startLanding, storedFor, type LandingTest } from './support.ts'

/** Who finds a campaign closed may still say when they are free; the campaign counts nothing of it (S6). */

let landing: LandingTest
beforeAll(async () => { landing = await startLanding() })
afterAll(() => landing.close())

const close = ({ campaignId }: Invitation) => landing.db.updateTable('campaign').set({ closed_at: new Date('2026-11-21T08:00:00Z') }).where('id', '=', campaignId).execute()
const candidateOf = async ({ recipientId }: Invitation) => (await landing.db.selectFrom('recipient').select(['candidate_id', 'company_id']).where('id', '=', recipientId).executeTakeFirstOrThrow())
const changesOf = async (invitation: Invitation) =>
  landing.db.selectFrom('availability_change').select(['availability', 'available_from', 'available_until', 'source', 'answer_source', 'campaign_id']).where('candidate_id', '=', (await candidateOf(invitation)).candidate_id).orderBy('id').execute()
const LEFT = { answer: 'yes', from: 'other', from_date: dayFromNow(5), until: dayFromNow(20), comment: 'de jour seulement' }

describe('the page of a closed campaign', () => {
  it('takes a new availability onto the record, as that and as no answer, once, and shows it again', async () => {
    const invitation = await makeInvitation(landing.db)
    await answerWith(landing.visitor, invitation, { answer: 'no', comment: '' })
    await close(invitation)
    const closed = await landing.visitor.get(at(invitation))
    expect(closed.html).toContain(`href="${at(invitation, '/availability')}"`)
    const form = await landing.visitor.get(at(invitation, '/availability'))
    expect([form.status, form.heading]).toEqual([200, 'Votre nouvelle disponibilité'])
    expect(form.html).toContain(`action="${at(invitation, '/availability?e=1')}"`)
    const done = await landing.visitor.submit(form, LEFT, { form: '/availability' })
    expect([done.url, done.heading]).toEqual([at(invitation), 'Merci, votre disponibilité est enregistrée'])
    // The same form sent again, by a network that was slow.
    await landing.visitor.submit(form, LEFT, { form: '/availability' })
    const { candidate_id } = await candidateOf(invitation)
    expect((await changesOf(invitation)).slice(1)).toEqual([{ availability: 'available', available_from: LEFT.from_date, available_until: LEFT.until, source: 'page', answer_source: null, campaign_id: invitation.campaignId }])
    expect(await landing.db.selectFrom('candidate').select(['availability', 'available_from', 'available_until']).where('id', '=', candidate_id).executeTakeFirst()).toEqual({ availability: 'available', available_from: LEFT.from_date, available_until: LEFT.until })
    const stored = await storedFor(landing.db, invitation)
    expect([stored.answer?.choice, stored.versions, stored.notes]).toEqual(['no', 1, 1])
    const notes = await landing.db.selectFrom('follow_up_note').select(['body', 'kind']).where('candidate_id', '=', candidate_id).orderBy('id', 'desc').execute()
    expect(notes).toHaveLength(2)
    expect(notes[0]!.body.replaceAll(/[\u00a0\u202f]/g, ' ')).toMatch(/^Nouvelle disponibilité laissée sur la page close de la campagne « .* : disponible\n[^]*Commentaire : de jour seulement$/)
    await landing.pool.query("update availability_change set at = at - interval '1 hour' where candidate_id = $1", [candidate_id])
    const later = await landing.visitor.get(at(invitation))
    expect([later.heading, later.text.includes('Votre disponibilité, indiquée le'), later.text.includes('Votre dernière réponse')]).toEqual(['Cette campagne est terminée', true, true])
  })

  it('refuses what makes no sense and keeps what was typed, at an address from which it can be sent again', async () => {
    const invitation = await makeInvitation(landing.db)
    await close(invitation)
    const form = await landing.visitor.get(at(invitation, '/availability?lang=en'))
    const bad = await landing.visitor.submit(form, { answer: 'yes', from: 'other', from_date: dayFromNow(9), until: dayFromNow(3), comment: 'nights' }, { form: '/availability' })
    expect([bad.status, bad.html.includes('nights'), bad.text.includes('The end date must be')]).toEqual([422, true, true])
    expect(bad.html).toContain(`action="${at(invitation, '/availability?lang=en')}"`)
    const done = await landing.visitor.submit(bad, { answer: 'no', from: 'other', from_date: '', until: '' }, { form: '/availability' })
    expect(done.heading).toBe('Thank you, your availability is saved')
    expect((await changesOf(invitation)).map(({ availability, source }) => [availability, source])).toEqual([['unavailable', 'page']])
    // A form of another link, or none, proves nothing.
    expect((await landing.visitor.agent.post(at(invitation, '/availability')).type('form').send({ answer: 'yes', from: dayFromNow(1) })).status).toBe(422)
    expect(await changesOf(invitation)).toHaveLength(1)
  })

  it('asks for an answer once answers are taken again, with what was typed', async () => {
    const invitation = await makeInvitation(landing.db)
    await close(invitation)
    const form = await landing.visitor.get(at(invitation, '/availability'))
    await landing.db.updateTable('campaign').set({ closed_at: null }).where('id', '=', invitation.campaignId).execute()
    const again = await landing.visitor.submit(form, LEFT, { form: '/availability' })
    expect([again.status, again.text.includes('Les réponses sont de nouveau acceptées.'), again.html.includes('de jour seulement')]).toEqual([409, true, true])
    expect(await changesOf(invitation)).toEqual([])
    expect((await landing.visitor.submit(again, {}, { form: '/answer' })).heading).toBe('Merci, votre réponse est enregistrée')
    expect((await landing.visitor.get(at(invitation, '/availability'))).url).toBe(at(invitation))
  })

  it('offers it only where the company wants that, to people who look for work, and of a link that is alive', async () => {
    const [hidden, contact] = [await makeInvitation(landing.db), await makeInvitation(landing.db)]
    for (const one of [hidden, contact]) await close(one)
    await saveSetting(landing.db, companyScope((await candidateOf(hidden)).company_id), 'landing.after_closing', 'hidden')
    await landing.pool.query("update candidate set kind = 'contact' where id = $1", [(await candidateOf(contact)).candidate_id])
    for (const one of [hidden, contact]) {
      expect((await landing.visitor.get(at(one))).html).not.toContain('/availability')
      expect((await landing.visitor.get(at(one, '/availability'))).url).toBe(at(one))
      await landing.visitor.agent.post(at(one, '/availability')).type('form').send({ answer: 'no' })
      expect(await changesOf(one)).toEqual([])
    }
    expect((await landing.visitor.get(at({ code: 'zzzzzzzzzzzz' }, '/availability'))).status).toBe(404)
  })
})
