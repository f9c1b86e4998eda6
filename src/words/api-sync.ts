import { defineWords } from './define.ts'

/** The documentation of taking over people from another program. */
export const apiSync = defineWords({
  fr: {
    'op.sync': 'Reprendre des candidats d’un autre logiciel',
    'op.syncNote': 'Jusqu’à 1 000 personnes par appel, reconnues à leur external_id ; une fiche sans identifiant est reprise si l’e-mail, ou le numéro avec le nom, correspond. Chaque ligne est prise en entier ou refusée avec ses raisons ; ce qui n’a pas changé n’est pas écrit. Un champ absent reste tel quel, null le vide. Une désinscription n’est jamais touchée, une personne effacée ne revient pas, et pour l’accord et la disponibilité la parole la plus récente compte.',
    external_id: 'L’identifiant de la personne dans l’autre logiciel.',
    changed_at: 'Quand la fiche y a changé ; une ligne plus ancienne que la dernière reprise est refusée.',
    gone: 'La personne n’est plus dans l’autre logiciel : son accord pour les SMS est retiré, sa fiche et son historique restent.',
    phones: 'Tous les numéros ; ceux qui ne sont pas nommés partent.',
    said_on: 'Le jour où la personne l’a dit ; un accord plus ancien que ce que dit la fiche n’est pas repris.',
    said_at: 'Quand cela a été dit ; sans moment, ou plus ancien que la fiche, ce n’est pas repris.',
    reason: 'Pourquoi la ligne est refusée : twice (deux fois dans l’appel), outdated (plus ancienne que la dernière reprise), erased (personne effacée), contact (c’est un contact client), unknown (partie, et inconnue ici), invalid (voir errors).',
    warnings: 'Ce qui n’a pas été repris de la ligne : un accord ou une disponibilité plus anciens que la fiche, un numéro illisible gardé sans SMS.',
  },
  en: {
    'op.sync': 'Take over candidates from another program',
    'op.syncNote': 'Up to 1,000 people per call, recognised by their external_id; a record without one is taken over where the e-mail, or the number with the name, is the same. Each row is taken whole or refused with its reasons; what has not changed is not written. A field that is absent stays as it is, null empties it. An opt-out is never touched, whoever was erased does not come back, and of consent and availability the newest word holds.',
    external_id: 'The person’s key in the other program.',
    changed_at: 'When the record changed there; a row older than the last one taken is refused.',
    gone: 'The person is no longer in the other program: consent to SMS is withdrawn, the record and its history stay.',
    phones: 'All numbers; those that are not named go.',
    said_on: 'The day on which the person said so; a consent older than what the record says is not taken.',
    said_at: 'When it was said; without a moment, or older than the record, it is not taken.',
    reason: 'Why the row is refused: twice (in one call), outdated (older than the last one taken), erased (a person who was erased), contact (this is a client contact), unknown (gone, and not known here), invalid (see errors).',
    warnings: 'What was not taken of the row: consent or availability older than the record’s, a number that cannot be read and is kept without SMS.',
  },
})
