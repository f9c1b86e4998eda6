import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'

/** NIST SP 800-63B-4 asks for length, not for kinds of characters; 200 is far more than anybody types. */
export const PASSWORD_LENGTH = { least: 12, most: 200 } as const

/** So much has to be left when everything that is guessed first has been taken away. */
const LEAST_OWN = 6

/** What people in our languages begin or end long passwords with: heads of the published lists of leaked ones. */
const GUESSED_FIRST = `
  motdepasse password passw0rd passwort azerty azertyuiop qwerty qwertyuiop bienvenue welcome bonjour bonsoir salut hello administrateur administrator admin
  utilisateur user login secret changeme changezmoi letmein iloveyou jetaime jtaime doudou loulou chouchou nicolas camille thomas marine julien alexandre
  marseille lyon paris france toulouse bordeaux chocolat chocolate soleil sunshine princesse princess football monkey dragon master shadow superman batman
  pokemon starwars computer internet google facebook interim recrutement recruteur candidat agence entreprise bureau travail societe temporaire default
  abcd trustno1 whatever freedom michael charlie jordan ashley jessica liverpool chelsea arsenal summer winter spring autumn printemps automne hiver
  janvier fevrier avril juillet aout septembre octobre novembre decembre january february march april june july august september october november december
  lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday dispo
`.trim().split(/\s+/).sort((a, b) => b.length - a.length)

const RUNS = ['01234567890', 'abcdefghijklmnopqrstuvwxyz', 'azertyuiop', 'qsdfghjklm', 'wxcvbn', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'].flatMap((run) => [run, [...run].reverse().join('')])

export type PasswordFault = 'short' | 'long' | 'guessable' | 'personal'

/** `about`: name, address, company: whatever somebody who wants in knows already. */
export function findPasswordFault(password: string, about: readonly string[]): PasswordFault | undefined {
  const length = [...password].length
  if (length < PASSWORD_LENGTH.least) return 'short'
  if (length > PASSWORD_LENGTH.most) return 'long'
  const folded = fold(password)
  if (left(folded).length < LEAST_OWN) return 'guessable'
  const own = about.flatMap((text) => fold(text).split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length >= 4).sort((a, b) => b.length - a.length)
  return left(without(folded, own)).length < LEAST_OWN ? 'personal' : undefined
}

/** The same as sentences; none when all is well. */
export function passwordFaults(language: Language, password: string, about: readonly string[]): string[] {
  const fault = findPasswordFault(password, about)
  return fault ? [translator(language)(`auth.passwordFault.${fault}`)] : []
}

/** What somebody who tries the likely things first would still have to guess. */
function left(text: string): string {
  const rest = withoutRuns(without(text, GUESSED_FIRST)).replace(/(?:19|20)\d\d/g, '').replace(/[^\p{L}\p{N}]/gu, '')
  // "abcabcabc" is three letters, "aaaa" is one.
  return rest.replace(/(.+?)\1+/gu, '$1')
}

function without(text: string, words: readonly string[]): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ' '), text)
}

function withoutRuns(text: string): string {
  let rest = text
  for (const run of RUNS) {
    for (let size = run.length; size >= 4; size--) {
      for (let start = 0; start + size <= run.length; start++) rest = rest.replaceAll(run.slice(start, start + size), ' ')
    }
  }
  return rest
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}
