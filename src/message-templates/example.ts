/** People who exist nowhere, to try a text on before anybody real gets it. Pure. */
import type { Language } from '../words/define.ts'
import type { MergeValues, PERSONAL_FIELDS } from './merge.ts'

export const EXAMPLES = ['usual', 'longest', 'incomplete'] as const
/** `longest` has a record as long as they come, `incomplete` one without anything. */
export type Example = (typeof EXAMPLES)[number]

type Personal = Pick<MergeValues, (typeof PERSONAL_FIELDS)[number]>

const PEOPLE: Record<Language, Record<Exclude<Example, 'incomplete'>, Personal>> = {
  fr: {
    usual: { first_name: 'Amadou', last_name: 'Traoré', trade: 'Coffreur', town: 'Villeurbanne', branch: 'Lyon Est' },
    longest: { first_name: 'Marie-Emmanuelle', last_name: 'Vandenbroucke-Lefebvre', trade: 'Conducteur de travaux polyvalent', town: 'Saint-Symphorien-sur-Coise', branch: 'Villefranche-sur-Saône' },
  },
  en: {
    usual: { first_name: 'Grace', last_name: 'Mensah', trade: 'Forklift driver', town: 'Croydon', branch: 'London South' },
    longest: { first_name: 'Christopher-James', last_name: 'Fotheringham-Blackwood', trade: 'Multi-skilled maintenance engineer', town: 'Stratford-upon-Avon', branch: 'Newcastle upon Tyne' },
  },
}

const VACANCY: Record<Language, Pick<MergeValues, 'job_title' | 'job_reference'>> = {
  fr: { job_title: 'Préparateur de commandes (H/F)', job_reference: 'PREP-2026-118' },
  en: { job_title: 'Warehouse operative (day shift)', job_reference: 'WARE-2026-118' },
}

/** What would be filled in. Every other link is as long as the personal one. */
export function exampleValues(example: Example, language: Language, shared: Pick<MergeValues, 'agency' | 'recruiter' | 'link' | 'stop'>): MergeValues {
  const person = example === 'incomplete' ? { first_name: '', last_name: '', trade: '', town: '', branch: '' } : PEOPLE[language][example]
  const { link } = shared
  return { ...person, ...VACANCY[language], ...shared, campaign_page: link, join_network: link, career_page: link, job_url: link }
}
