import { defineWords } from './define.ts'

/** Who is told of the answers of a campaign. */
export const told = defineWords({
  fr: {
    title: 'Qui est prévenu',
    intro: 'Des réponses, des SMS reçus et du nombre de OUI atteint. Chacun choisit ensuite comment : ici, par e-mail ou dans le résumé.',
    legend: 'Qui est prévenu des réponses',
    hint: 'Si personne n’est coché, l’expéditeur est prévenu.',
    sender: '{isMe, select, yes {expéditeur, vous} other {expéditeur}}',
    submit: 'Enregistrer',
    done: 'C’est enregistré.',
    stale: 'Un collègue a changé ce choix entre-temps. Vérifiez, puis enregistrez à nouveau.',
    alone: 'Personne d’autre ne peut voir les campagnes : l’expéditeur est prévenu.',
    term: 'Prévenus des réponses',
    nobody: 'personne',
  },
  en: {
    title: 'Who is told',
    intro: 'Of answers, of SMS received and of the number of YES reached. Each person chooses how: here, by e-mail or in the digest.',
    legend: 'Who is told of answers',
    hint: 'If nobody is ticked, the sender is told.',
    sender: '{isMe, select, yes {sender, you} other {sender}}',
    submit: 'Save',
    done: 'Saved.',
    stale: 'A colleague changed this choice meanwhile. Check it, then save again.',
    alone: 'Nobody else may see campaigns: the sender is told.',
    term: 'Told of answers',
    nobody: 'nobody',
  },
})
