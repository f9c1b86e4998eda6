import { describe, expect, test } from 'vitest'
import { completeText } from '../../src/message-templates/complete.ts'
import { lintText } from '../../src/message-templates/lint.ts'
import { renderText } from '../../src/message-templates/merge.ts'

const VALUES = { first_name: 'Amadou', last_name: 'T', trade: '', town: '', agency: 'JOB+', recruiter: 'C', link: 'sms.bo/SiqjG', stop: 'STOP 38047', branch: '', campaign_page: '', join_network: '', career_page: '', job_title: '', job_reference: '', job_url: '' }
const complete = (body: string, stopText = 'STOP 38047') => {
  const { template, added } = completeText(body, { stopText })
  return { text: renderText(template, { ...VALUES, stop: stopText }).text, added }
}

describe('what a text needs before it may go out', () => {
  test('a missing link goes on its own line before the STOP line (S81, §16)', () => {
    expect(complete('Bonjour,\nJOB+ souhaite connaitre vos disponibilités\nSTOP 38047')).toEqual({
      text: 'Bonjour,\nJOB+ souhaite connaitre vos disponibilités\nsms.bo/SiqjG\nSTOP 38047', added: { link: true, stop: false },
    })
  })

  test('a missing link and missing STOP words are both added, in that order', () => {
    expect(complete('Bonjour')).toEqual({ text: 'Bonjour\nsms.bo/SiqjG\nSTOP 38047', added: { link: true, stop: true } })
  })

  test('a text that has both is left alone', () => {
    expect(complete('Bonjour {lien}\n{stop}')).toEqual({ text: 'Bonjour sms.bo/SiqjG\nSTOP 38047', added: { link: false, stop: false } })
  })

  test('STOP words at the end of the only line stay there', () => {
    expect(complete('Bonjour stop 38047').text).toBe('Bonjour stop 38047\nsms.bo/SiqjG')
  })

  test('a sender without STOP words adds none', () => {
    expect(complete('Bonjour {lien}', '')).toEqual({ text: 'Bonjour sms.bo/SiqjG', added: { link: false, stop: false } })
  })

  test('an empty text stays empty', () => {
    expect(complete(' \r\n ').text).toBe('')
  })
})

describe('advice', () => {
  const rules = (body: string) => lintText(body, { stopText: 'STOP 38047', agencyNames: ['Agence Martin'], isMass: true }).map((finding) => finding.rule)

  test('the seed’s own text asks for nothing more', () => {
    expect(rules('Bonjour,\nAgence Martin souhaite connaitre vos disponibilités, Merci de cliquer sur le lien ci-dessous afin de les indiquer\n{lien}\nSTOP 38047')).toEqual([])
  })

  test.each([
    ['', ['empty']],
    ['AGENCE MARTIN {surnom} {lien} {stop}', ['unknown_field']],
    ['agence martin : bonjour', ['link_added', 'stop_added']],
    ['Bonjour {lien} {stop}', ['agency_missing']],
    ['{agence} {nom} {lien} {stop}', ['last_name']],
    ['{agence} : cliquez sur le lien uniquement si vous êtes disponible {lien} {stop}', ['only_if_available']],
    ['{agency}: tap only if you are available {link} {stop}', ['only_if_available']],
    ['{agence} : ne cliquez que si vous etes libre {lien} {stop}', ['only_if_available']],
    ['{agence} REPONDEZ TOUT DE SUITE A CE MESSAGE {lien} {stop}', ['capitals']],
    ['{agence} voir https://exemple.fr/offre {lien} {stop}', ['foreign_link']],
    ['{agence} voir bit.ly/3abc {lien} {stop}', ['shortener']],
    ['{agence} voir https://TinyURL.com/3abc {lien} {stop}', ['shortener']],
    ['{agence} voir https://exemplet.co/3abc {lien} {stop}', ['foreign_link']],
    ['{agence} voir www.exemple.fr/offre {lien} {stop}', ['foreign_link']],
  ])('%s → %s', (body, expected) => {
    expect(rules(body)).toEqual(expected)
  })
})
