import type { Translate } from '../words/index.ts'
import type { Kind } from './domain.ts'
import type { PersonField } from './people.domain.ts'

/** What a field of a record is called: a contact has a function where a candidate has a trade. */
export function fieldLabel(t: Translate, field: PersonField, kind: Kind): string {
  return field === 'trade' && kind === 'contact' ? t('people.field.function') : t(`people.field.${field}`)
}
