import { expect, test } from 'vitest'
import { findPasswordFault, passwordFaults } from '../../src/auth/password.domain.ts'

const ABOUT = ['Inès Nouvelle', 'ines.nouvelle@interim-dupont.fr', 'Intérim Dupont']

test.each([
  ['court', 'short'], ['onze lettre', 'short'], ['x'.repeat(201), 'long'],
  ['motdepasse123', 'guessable'], ['Password1234!', 'guessable'], ['Azertyuiop12', 'guessable'], ['123456789012', 'guessable'], ['poiuytreza987', 'guessable'],
  ['aaaaaaaaaaaa', 'guessable'], ['abcabcabcabc', 'guessable'], ['Bienvenue2026!', 'guessable'], ['Printemps-2026!', 'guessable'], ['admin admin admin', 'guessable'],
  ['Ines-Nouvelle-7', 'personal'], ['interim-dupont-69', 'personal'], ['INÈS.NOUVELLE@DUPONT', 'personal'],
] as const)('« %s » is %s', (password, fault) => {
  expect(findPasswordFault(password, ABOUT)).toBe(fault)
})

test.each(['mille feuilles à la pistache', 'correct horse battery staple', 'k7Qz-m2Vx-p9Lt', '猫はとても好きです私の家族も', 'nouvelle recette de tarte aux pommes'])('« %s » is fine', (password) => {
  expect(findPasswordFault(password, ABOUT)).toBeUndefined()
})

test('a fault is a sentence in the reader’s language', () => {
  expect(passwordFaults('en', 'short', [])).toEqual(['The password has at least 12 characters'])
  expect(passwordFaults('fr', 'mille feuilles à la pistache', [])).toEqual([])
})
