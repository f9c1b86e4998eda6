import { describe, expect, test } from 'vitest'
import { companyScope } from '../../src/core/scope.ts'
import { sentenceOf, type Line } from '../../src/journal/sentences.views.ts'
import { PRIVILEGES, type Privilege } from '../../src/web/privileges.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { LANGUAGES, type Language } from '../../src/words/define.ts'
import { catalogues } from '../../src/words/index.ts'
import type { JournalAction } from '../../src/words/journal.ts'

const viewer = (language: Language, privileges: readonly Privilege[] = PRIVILEGES): Viewer => ({
  scope: companyScope(1), userId: 1, name: 'Zoé', email: 'zoe@agence.test', language, mobile: null, privileges: new Set(privileges),
  company: { name: 'Agence', timeZone: 'Europe/Paris', language: 'fr', country: 'FR', canSendSms: true },
})
const line = (more: Partial<Line>): Line => ({ user_id: 7, user_name: 'Léa Martin', action: 'campaign.launched', subject_kind: 'campaign', subject_id: '12', detail: {}, ...more })
const say = (more: Partial<Line>, names: [string, string][] = [], by = viewer('fr')) => sentenceOf(by, line(more), new Map(names.map(([key, name]) => [key, { name }]))).text.replaceAll(/[\u00a0\u202f]/g, ' ')
const actions = Object.keys(catalogues.fr).filter((key) => key.startsWith('journal.action.')).map((key) => key.slice('journal.action.'.length))

describe.each(LANGUAGES)('Every action in %s', (language) => {
  test.each(actions)('%s is told in a sentence, also by who is gone, about what is gone and with nothing else known', (action) => {
    for (const more of [{}, { user_name: null }, { user_name: null, user_id: null }, { subject_id: null, subject_kind: null }]) {
      const { text, parts } = sentenceOf(viewer(language), line({ action, ...more }), new Map())
      expect(text).toMatch(/^\p{Lu}/u)
      expect(text).not.toMatch(/undefined|NaN|null|\[object|\{|\}|\uE000/u)
      expect(parts.map((part) => part.text).join('')).toBe(text)
    }
  })
})

describe('A sentence', () => {
  test('names the object as it is called today, as a link', () => {
    const { parts } = sentenceOf(viewer('fr'), line({ detail: { recipients: 1250, batches: 1 } }), new Map([['campaign 12', { name: 'Été <b>' }]]))
    expect(parts).toEqual([{ text: 'Léa Martin a lancé la campagne ' }, { text: '« Été <b> »'.replaceAll(' ', '\u00a0').replace('\u00a0<', ' <'), href: '/campaigns/12' }, { text: expect.stringMatching(/^.: 1.250 destinataires$/) }])
  })

  test('reads well without the person or the object', () => {
    expect(say({ user_name: null })).toBe('Une personne supprimée a lancé la campagne n° 12')
    expect(say({ user_name: null, user_id: null, action: 'campaign.suspended' }, [['campaign 12', 'Été']])).toBe('Dispo a arrêté la campagne « Été »')
    expect(say({ action: 'template.archived', subject_kind: 'template', detail: { name: 'Relance' } })).toBe('Léa Martin a archivé le modèle « Relance »')
  })

  test('leads to the page of what a company has one of, for who may open it, and to the page that holds a setting', () => {
    const link = (more: Partial<Line>, by = viewer('fr')) => sentenceOf(by, line(more), new Map()).parts.find(({ href }) => href !== undefined)
    expect(link({ action: 'sso.saved', subject_kind: 'sso', subject_id: '1' })).toEqual({ text: 'la connexion unique', href: '/admin/sso' })
    expect(link({ action: 'sso.removed', subject_kind: 'sso', subject_id: '1' })?.href).toBe('/admin/sso')
    expect(link({ action: 'branding.published', subject_kind: 'branding', subject_id: '3', detail: { version: 3 } })).toEqual({ text: 'la version 3 de la page du candidat', href: '/admin/branding/versions' })
    expect(link({ action: 'branding.restored', subject_kind: 'branding', subject_id: '3', detail: { version: 3 } })?.href).toBe('/admin/branding')
    for (const action of ['sso.saved', 'branding.published']) expect(link({ action }, viewer('fr', ['journal.view']))).toBeUndefined()
    const setting = (id: string) => link({ action: 'settings.changed', subject_kind: 'setting', subject_id: id, detail: { before: null, after: null } })?.href
    expect([setting('sms.windows'), setting('sms.prices'), setting('campaign.open_days'), setting('company.name')]).toEqual(['/admin/hours', '/admin/countries', '/admin/limits', '/admin/limits'])
  })

  test('tells values and rights in words', () => {
    expect(say({ action: 'settings.changed', subject_kind: 'setting', subject_id: 'campaign.open_days', detail: { before: 14, after: 30 } })).toBe('Léa Martin a changé « Réponses acceptées pendant » : 14 jours → 30 jours')
    expect(say({ action: 'access.refused', subject_kind: null, subject_id: null, detail: { privilege: 'users.manage', method: 'POST', route: '/admin/users' } })).toBe('Accès refusé à Léa Martin : il manque le droit « Gérer les utilisateurs et leurs droits »')
    expect(say({ action: 'candidate.edited', subject_kind: 'candidate', detail: { fields: ['phones', 'town'] } }, [['candidate 12', 'Ana Gil']])).toBe('Léa Martin a modifié la fiche « Ana Gil » : Téléphones et Ville')
    expect(say({ action: 'user.changed', subject_kind: 'user', detail: { given: ['journal.view'], taken: [] } }, [['user 12', 'Ugo']])).toBe('Léa Martin a modifié « Ugo » ; droits donnés : Lire le journal')
  })

  test('keeps names from those who may not open what carries them', () => {
    const few = viewer('fr', ['journal.view'])
    expect(say({ action: 'candidate.created', subject_kind: 'candidate' }, [['candidate 12', 'Ana Gil']], few)).toBe('Léa Martin a créé la fiche n° 12')
    expect(say({ action: 'template.archived', subject_kind: 'template', detail: { name: 'Relance' } }, [['template 12', 'Relance']], few)).toBe('Léa Martin a archivé le modèle n° 12')
    const job = new Map([['jobs 12', { name: 'Directeur', isConfidential: true }]])
    const recruiter = viewer('fr', ['journal.view', 'references.edit'])
    expect(sentenceOf(recruiter, line({ action: 'reference.saved', subject_kind: 'jobs' }), job).parts).toEqual([{ text: expect.stringContaining('Léa Martin a modifié le poste ') }, { text: expect.stringMatching(/12$/) }])
  })

  test('of an action that this version does not know is still told, and none can be written', () => {
    // @ts-expect-error Nothing without a sentence compiles.
    const unknown: JournalAction = 'campaign.teleported'
    expect(say({ action: unknown })).toBe('Léa Martin · campaign.teleported n° 12')
  })
})
