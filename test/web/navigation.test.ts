import { describe, expect, test } from 'vitest'
import { companyScope } from '../../src/core/scope.ts'
import { adminTabs, navigation } from '../../src/web/navigation.ts'
import { PRIVILEGES, type Privilege } from '../../src/web/privileges.ts'
import type { Viewer } from '../../src/web/viewer.ts'

const viewer = (privileges: readonly Privilege[] = PRIVILEGES): Viewer => ({
  scope: companyScope(1), userId: 1, name: 'Zoé', email: 'zoe@agence.test', language: 'fr', mobile: null, privileges: new Set(privileges),
  company: { name: 'Agence', timeZone: 'Europe/Paris', language: 'fr', country: 'FR', canSendSms: true },
})
const rows = (path: string, by = viewer()) => adminTabs(by, 'fr', path).map(({ label, items }) => [label, items.map(({ label: name, isCurrent }) => (isCurrent ? `[${name}]` : name)).join(' · ')])

describe('The pages of administration', () => {
  test('stand in five groups, with those of the group shown below', () => {
    expect(rows('/admin/hours/countries/FR?x=1')).toEqual([
      ['Administration', 'Entreprise · Personnes · [Envois] · Intégrations · Données'],
      ['Administration, Envois', 'Expéditeurs · Pays · [Heures d’envoi] · Codes et postes'],
    ])
    expect(rows('/admin/users')[1]).toEqual(['Administration, Personnes', '[Utilisateurs] · Connexion unique'])
    // A page that begins alike is another one.
    expect(rows('/admin/data')[0]?.[1]).toContain('[Données]')
    expect(rows('/admin/datas')).toEqual([['Administration', 'Entreprise · Personnes · Envois · Intégrations · Données']])
  })

  test('show who may open few of them no more than those, by their own names, and nobody a row of one', () => {
    expect(rows('/admin/journal', viewer(['branding.edit', 'journal.view', 'candidates.view']))).toEqual([['Administration', 'Marque et page · [Journal]']])
    expect(rows('/admin/journal', viewer(['data.manage', 'journal.view']))).toEqual([['Administration, Données', 'Données personnelles · [Journal]']])
    expect(rows('/admin/journal', viewer(['journal.view']))).toEqual([])
  })

  test('are all reached from the rail and by the groups: each group opens at the first page that one may see', () => {
    expect(navigation(viewer(['users.manage', 'journal.view']), 'fr', undefined).map(({ href }) => href)).toEqual(['/admin/users'])
    const opened = adminTabs(viewer(), 'fr', '/admin/journal')[0]!.items.flatMap(({ href }) => adminTabs(viewer(), 'fr', href)[1]!.items.map((item) => item.href))
    expect(new Set(opened).size).toBe(15)
  })
})
