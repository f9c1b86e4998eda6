/**
 * What a reply asks for, before anybody reads it: STOP, START, HELP, or plain text. Pure, and without user-supplied patterns:
 * each rule looks at a text once, so that the time it takes grows with its length and with nothing else.
 */

export type Keyword =
  | { kind: 'stop' | 'start' | 'help' }
  /** `mayBeStop`: not a clear STOP, but a wish to stop may be in it; a person must read it before anything more is sent. */
  | { kind: 'text'; mayBeStop: boolean }

/** Longer than any SMS: ten parts hold 1,530 characters. What a signature or a joke adds beyond is not looked at. */
const LOOKED_AT = 10_000

/**
 * A text that is one of these and nothing else is an opt-out. Sources: 47 CFR 64.1200(a)(10) and 89 FR 15756 (en), the carriers'
 * set (fr), and the words that people who speak other languages send to French numbers.
 */
const STOP_WORDS = {
  // CANCEL, END and QUIT are opt-outs by that rule; YES and OUI are campaign answers and re-subscribe nobody.
  en: 'STOP STOPALL STOPIT STOPSMS SMSSTOP UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT STOPPLEASE PLEASESTOP',
  fr: 'ARRET ARRETE ARRETT ARRETEZ ARRETER ARRETSMS DESABONNER DESABONNEMENT DESABONNEZMOI DESINSCRIRE DESINSCRIPTION DESINSCRIVEZMOI',
  es: 'ALTO BAJA PARAR CANCELAR',
  it: 'BASTA ANNULLA CANCELLA CANCELLAMI DISISCRIVI',
  pt: 'PARE REMOVER',
  de: 'STOPP ABMELDEN ABBESTELLEN',
  nl: 'AFMELDEN UITSCHRIJVEN',
  ar: 'توقف اوقف إيقاف الغاء',
  misspelt: 'STPO SOTP STOOP TSOP STOPE STTOP',
} as const
const STOP = words(Object.values(STOP_WORDS).join(' '))
const START = words('START JOIN UNSTOP')
const HELP = words('HELP INFO AIDE')

/** As the first of several words only these decide; « End of the month » or « Quitte à choisir » are sentences. */
const STOP_FIRST = words('STOP ARRET')
/** « Arrêt maladie », « arrêt de travail »: a reason for not being available, not a request. */
const ARRET_OF_SOMETHING = words('MALADIE TRAVAIL DE DU MEDICAL JUSQU JUSQUA ACCIDENT')
/** « STOP36179 »: the short number that the text names, without the space. */
const STOP_WITH_NUMBER = /^STOP\d{3,6}$/

const MAY_BE_STOP = words(`STOP STOPALL STOPSMS UNSUBSCRIBE REVOKE OPTOUT ARRET ARRETE ARRETEZ DESABONNER DESABONNEZ DESABONNEMENT DESINSCRIRE DESINSCRIVEZ DESINSCRIS
  DESINSCRIPTION ANNULER STPO SOTP STOPP STOPPEZ STOPPER CESSEZ SPAM HARCELEMENT HARCELER CNIL RGPD GDPR UNSUSCRIBE ABMELDEN DISISCRIVI DISISCRIVERMI CANCELLATEMI`)
const MAY_BE_STOP_PHRASES = [
  'OPT OUT', 'NE PLUS RECEVOIR', 'PLUS RECEVOIR DE', 'PLUS DE SMS', 'PLUS DE MESSAGES', 'NE PLUS ME', 'NE PLUS M', 'PLUS M ECRIRE', 'NE M ECRIVEZ PLUS', 'NE M ENVOYEZ PLUS', 'NE M APPELEZ PLUS', 'NE VEUX PLUS', 'NE ME CONTACTEZ PLUS', 'NE ME DERANGEZ PLUS',
  'RETIREZ MOI', 'SUPPRIMEZ MON', 'SUPPRIMEZ MOI', 'EFFACEZ MON', 'EFFACEZ MES', 'LAISSEZ MOI TRANQUILLE', 'LACHEZ MOI', 'FOUTEZ MOI LA PAIX', 'FICHEZ MOI LA PAIX',
  'REMOVE ME', 'REMOVE MY', 'DELETE MY', 'TAKE ME OFF', 'LEAVE ME ALONE', 'DO NOT TEXT', 'DON T TEXT', 'DO NOT CONTACT', 'DON T CONTACT', 'DO NOT MESSAGE', 'DON T MESSAGE', 'NO MORE', 'NO MAS',
  'NON PIU', 'KEINE SMS', 'NO ME ESCRIBAN',
].map((phrase) => ` ${phrase} `)
/** Said without a word. */
const STOP_SIGNS = /[🛑⛔🚫🖕]/u

/** Whole message equal to a keyword, or first word STOP/ARRET; case, accents, punctuation and emoji do not matter. */
export function detectKeyword(text: string): Keyword {
  const folded = fold(text)
  const all = folded.split(' ')
  const whole = all.join('')
  if (STOP.has(whole) || STOP_WITH_NUMBER.test(whole)) return { kind: 'stop' }
  if (START.has(whole)) return { kind: 'start' }
  if (HELP.has(whole)) return { kind: 'help' }
  const [first = '', second = ''] = all
  if ((STOP_FIRST.has(first) && !(first === 'ARRET' && ARRET_OF_SOMETHING.has(second))) || STOP_WITH_NUMBER.test(first)) return { kind: 'stop' }
  return { kind: 'text', mayBeStop: mayBeStop(text, folded, all) }
}

function mayBeStop(text: string, folded: string, all: readonly string[]): boolean {
  if (folded === '') return STOP_SIGNS.test(text)
  const spaced = ` ${folded} `
  return all.some((word) => MAY_BE_STOP.has(word) || STOP.has(plain(word)) && plain(word) !== word) || MAY_BE_STOP_PHRASES.some((phrase) => spaced.includes(phrase))
}

/** Letters of other alphabets and digits that look like these: « STOР » with a Cyrillic Р, « ST0P ». */
const LOOKALIKES: Readonly<Record<string, string>> = {
  А: 'A', В: 'B', С: 'C', Е: 'E', Н: 'H', І: 'I', К: 'K', М: 'M', О: 'O', Р: 'P', Ѕ: 'S', Т: 'T', Х: 'X', Υ: 'Y',
  Α: 'A', Β: 'B', Ε: 'E', Η: 'H', Ι: 'I', Κ: 'K', Μ: 'M', Ν: 'N', Ο: 'O', Ρ: 'P', Τ: 'T', Χ: 'X', '0': 'O', '5': 'S', '7': 'T',
}

function plain(word: string): string {
  // No keyword is longer: most words need not be looked at letter by letter.
  if (word.length < 3 || word.length > 16) return word
  return Array.from(word, (letter) => LOOKALIKES[letter] ?? letter).join('')
}

/** Upper-case words of letters and digits separated by single spaces. One letter may unfold into eighteen. */
function fold(text: string): string {
  return text.slice(0, LOOKED_AT).normalize('NFKD').slice(0, LOOKED_AT).replace(/[\p{Mark}\p{Cf}]/gu, '').toUpperCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).map(fold))
}
