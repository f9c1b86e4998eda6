/**
 * The words by which a text is read, folded: lower case, no accents, an apostrophe is a space. Each line holds phrases parted
 * by `|`; the longest phrase wins, so « pas de souci » is no « pas ».
 */

/** What a phrase does in a text. */
export type Role =
  /** OUI and NON themselves. */
  | 'yes' | 'no'
  /** Agrees, and is also said about other things. */
  | 'weak'
  /** Says that the person is free, or is not. */
  | 'free' | 'busy'
  /** Sounds like YES or NO without saying so. */
  | 'leaning_yes' | 'leaning_no'
  | 'negation'
  /** What makes a text something else than a plain answer. */
  | 'condition' | 'question' | 'when' | 'other_person' | 'unclear' | 'recurring'
  /** Between the words that count. */
  | 'filler' | 'greeting' | 'polite' | 'join'
  /** A time of day: goes with a date, and into the comment. */
  | 'aside'

const LISTS: Record<Role, string> = {
  yes: `oui|wi|wii|ui|uui|oiu|uoi|ouui|oue|ouai|ouais|ouaip|ouep|ouaii|yes|yse|yess|yeah|yea|yep|yup|yh|affirmatif|bien sur|biensur|avec plaisir|volontier|volontiers|absolument|carrement|evidemment|bien entendu
    of course|definitely|certainly|absolutely|with pleasure|tout a fait|grave oui|ah oui|mais oui|bah oui|ben oui|oui oui|yes yes|moi oui|👍|✅|👌|🆗|✔`,
  no: `non|nn|nan|nonn|nnon|nno|no|noo|nope|nop|nah|negatif|non non|no no|ah non|bah non|ben non|malheureusement non|unfortunately not|unfortunately no|desole non|helas non|sorry no|non merci|no thanks|no thank you|no thx|👎|❌|🚫|🙅|⛔`,
  weak: `ok|okay|okey|oki|okk|dac|dacc|d acc|daccord|d accord|dacord|entendu|ca marche|sa marche|ca me va|sa me va|ca roule|c est bon|c bon|cest bon|c est ok|c ok|parfait|nickel|top|impec|impeccable|super|perfect|great|sounds good|works for me|deal|alright|fine|sure|yes sure
    k|kk|tres bien|c est parfait|je confirme|i confirm|confirme|confirmed|je valide|c est valide|all good|fine for me|good for me|bon pour moi`,
  free: `dispo|dispos|dipso|dsipo|dispoo|dispot|dipo|disponible|disponibles|disponnible|disponibl|disponoble|dispinible|diponible|libre|libres|lbre|available|availible|avaible|availabe|avail|free|peux|je peux|je pe|pourrai|je pourrai|i can|can start|can work|en recherche|cherche du travail|cherche du boulot`,
  busy: `indispo|indisponible|indisponibles|indisponnible|unavailable|unavailible|impossible|pas possible|not possible|peux pas|pe pas|peut pas|peu pas|pourrai pas|pourrais pas|pourai pas|ne peux pas|je peux pas|je peut pas|je pe pas|je ne peux pas|je ne peux plus|je peux plus|je pourrai pas|je pourrais pas|je ne pourrai pas|ne peut pas|ne pourrai pas|peux plus|can t|cant|cannot|can not|i can t|i cant|i cannot|i can not|won t be able|wont be able|not able|unable|am not able|not available|not free|plus dispo|plus disponible|no longer available|occupe|occupee|deja pris|deja prise|je suis pris|je suis prise|busy|non dispo|non disponible|non libre`,
  leaning_yes: `pas de souci|pas de soucis|pas de soucie|pa de souci|pas de probleme|pas de problemes|pas de problem|pas de pb|pas de prob|aucun souci|aucun probleme|aucun pb|sans souci|sans probleme|no problem|no problems|no prob|no pb|no worries|not a problem|interesse|interessee|interesser|ca m interesse|je suis interesse|interested|i m in|count me in|partant|partante|je suis partant|motive|motivee|pret|prete|ready|je prends|je viens|je viendrai|je serai la|present|presente|i ll be there|possible|c est possible|pas mal`,
  leaning_no: `pas interesse|pas interessee|not interested|je travaille|je travail|je bosse|je taf|en poste|en cdi|en cdd|en mission|en vacances|en conges|en conge|malade|en formation|du travail|du boulot|trouve un emploi|trouve du travail|i m working|i am working|working|have a job|found a job|new job|got a job|on holiday|on leave|sick|desole|desolee|sorry|malheureusement|unfortunately|helas|refuse|je refuse|decline|retraite|a la retraite|retired`,
  negation: `pas|pa|ne|n|ni|jamais|aucun|aucune|rien|plus|sans|not|never|none|nothing|neither|don t|dont|doesn t|isn t|aren t|won t|wont|without|longer`,
  condition: `si|s il|s ils|sauf|mais|ms|mai|peut etre|peutetre|peut et|ptetre|ptet|pt etre|pe etre|p e|p etre|eventuellement|normalement|en principe|a priori|apriori|je pense|je crois|sans doute|surement|probablement|possiblement|sous reserve|a condition|condition|conditions|depend|depends|depending|dependra|selon|a voir|faut voir|je vais voir|verrai|je verrai|a confirmer|confirmer|confirmerai|sais pas|je sais pas|jsais pas|sait pas|jsp|chais pas|hesite|plutot|uniquement|seulement|juste|que le|que la|que les|sinon|ou|quitte a|pourrais|voudrais|aimerais|faudrait|pas sur|pas sure|pas forcement|forcement|pas toujours|pas trop|trop|pas vraiment|a moitie|quasi|presque
    if|maybe|may be|perhaps|mebbe|unless|except|but|probably|possibly|might|not sure|think so|i think|i guess|guess so|hopefully|should be|could|would|or|otherwise|only|just|rather|idk|don t know|dont know|we ll see|let me check|depends on|almost|🤔|🤷|😕|🙄`,
  question: `est ce que|est ce|esque|c est quoi|c quoi|quel|quelle|quels|quelles|combien|comment|pourquoi|pourquoi pas|qui|quoi|c est ou|c ou|what|where|who|which|how|why|why not|how much|lequel|laquelle`,
  when: `quand|c est quand|c quand|kan|qd|when|pour quand|a quelle heure|quelle heure|what time`,
  other_person: `frere|soeur|fils|fille|mari|femme|epoux|epouse|conjoint|conjointe|collegue|collegues|copain|copine|ami|amie|amis|pote|potes|cousin|cousine|pere|mere|oncle|tante|neveu|voisin|brother|sister|son|daughter|husband|wife|friend|friends|mate|colleague|father|mother|uncle|nephew|neighbour`,
  unclear: `erreur|trompe|trompee|oublie|oubliez|laisse tomber|laissez tomber|blague|lol|mdr|ptdr|haha|hahaha|joke|kidding|wrong|mistake|never mind|nevermind|ignore|depuis|since|deja repondu|already answered|already replied|annule|annulez|moui|mouais|bof|moyen|attend|attends|attendez|wait`,
  recurring: `lundis|mardis|mercredis|jeudis|vendredis|samedis|dimanches|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|tous les|toutes les|chaque|every|week ends|weekends|le week end|le weekend|les week end|weekend|week end|en semaine|une semaine sur deux|jours feries`,
  filler: `je|j|jy|suis|sui|chui|jsuis|chuis|j suis|serai|serais|sera|sere|reste|moi|me|m|mon|ma|mes|on|pour ma part|toujours|bien|tres|encore|deja|actuellement|donc|alors|du coup|effectivement|exactement|completement|totalement|pour|le|la|les|l|de|du|des|d|a|au|aux|en|y|c|ce|cest|cela|ca|sa|est|etre|votre|vos|cette|offre|mission|date|reponse|proposition|poste|travailler|commencer|demarrer|venir|bosser|taffer|reprendre|travail|work|working day|start|starting|begin|come|job|shift
    i|am|im|i m|will|ll|i ll|be|the|at|for|to|it|is|it s|that|s|this|by|of|an|still|yet|completely|currently here|from my side|my|your|offer|so|then|well|ready to|happy to|able to|there|du tout|at all|really|vraiment|pret a|prete a|joignable|a votre disposition|a disposition|tjs|tjrs|tjr|ben|bah|euh|hum|ah|oh|as well|too|aussi|sur|nous|plein temps|temps plein|un temps plein|full time|do|🙂|😊|😀|😁|🙏|👋|😉|😃|☺|💪|😄|🤝|🎉|🔥`,
  greeting: `bonjour|bjr|bonjours|bonsoir|bsr|salut|slt|coucou|cc|hello|hi|hey|hy|good morning|good evening|good afternoon|dear|cher|chere|yo|re`,
  polite: `merci|merci bcp|merci beaucoup|mrc|mci|merci d avance|merci a vous|merci bien|thanks|thank you|thx|ty|thanks a lot|many thanks|cheers|svp|stp|s il vous plait|s il te plait|sil vous plait|please|pls|plz|madame|monsieur|mme|mr|mrs|miss|sir|madam|messieurs|mesdames|cordialement|cdlt|cdt|bien cordialement|bien a vous|sinceres salutations|salutations|bonne journee|bonne soiree|bonne semaine|bon week end|bonne fin de journee|a bientot|a plus|a tres bientot|regards|best regards|kind regards|best|have a nice day|have a good day|see you|see you soon|see you then|bye|vous|you|et vous aussi|excellente journee`,
  aside: `matin|le matin|aprem|apres midi|l apres midi|soir|midi|morning|in the morning|afternoon|evening|noon|de nuit|de jour|nights|days|a partir de|des`,
  join: `et|and|avec|with|car|parce que|because|puis|puisque`,
}

/** Phrases by their first word, the longest first. */
export const PHRASES: ReadonlyMap<string, readonly { words: readonly string[]; role: Role }[]> = phrases()

/** A smaller slip in one of these is still the word, if it is long enough that no other word is near. */
export const FORGIVEN = ['disponible', 'indisponible', 'available', 'unavailable', 'bonjour', 'absolument', 'volontiers', 'cordialement', 'impossible', 'aujourd', 'tomorrow', 'semaine', 'prochain', 'prochaine', 'monsieur', 'merci', 'partir'] as const

function phrases() {
  const byFirst = new Map<string, { words: string[]; role: Role }[]>()
  for (const [role, list] of Object.entries(LISTS) as [Role, string][]) {
    for (const phrase of list.split(/[|\n]/)) {
      const words = phrase.trim().split(' ')
      const [first = ''] = words
      if (first === '') continue
      byFirst.set(first, [...(byFirst.get(first) ?? []), { words, role }])
    }
  }
  for (const list of byFirst.values()) list.sort((one, other) => other.words.length - one.words.length)
  return byFirst
}
