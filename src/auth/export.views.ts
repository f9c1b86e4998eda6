import type { Column } from '../web/export-cells.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { stateOf } from './users.domain.ts'
import type { Person } from './users.queries.ts'
import { roleName } from './users.views.ts'

/** Who works here and what each may do, as a file: for the yearly look at rights. */
export function userColumns(viewer: Viewer): Column<Person>[] {
  const t = translator(viewer.language)
  return [
    { label: t('exports.name'), of: (person) => person.name },
    { label: t('exports.user.email'), of: (person) => person.email },
    { label: t('exports.user.mobile'), kind: 'phone', of: (person) => person.mobile },
    { label: t('exports.status'), of: (person) => t(`users.state.${stateOf(person)}`) },
    { label: t('exports.user.role'), of: (person) => roleName(t, person.privileges) },
    { label: t('exports.user.privileges'), of: (person) => person.privileges.map((privilege) => t(`privileges.${privilege}`)).join(', ') },
    { label: t('exports.user.factor'), of: (person) => t(person.hasFactor ? 'exports.yes' : 'exports.no') },
    { label: t('exports.user.signedInAt'), kind: 'moment', of: (person) => person.lastSignInAt },
  ]
}
