import { expect, it } from 'vitest'
import { hashPassword, isPassword } from '../../src/auth/password.ts'

it('a password matches its own hash only, whatever form its accents have', async () => {
  const hash = await hashPassword('clé secrète')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$=]+\$[^$=]+$/)
  expect(await isPassword('clé secrète'.normalize('NFD'), hash)).toBe(true)
  expect(await isPassword('clé secrete', hash)).toBe(false)
  expect(await hashPassword('clé secrète')).not.toBe(hash)
})

it('no password fits an unknown user or a damaged hash', async () => {
  expect(await isPassword('', undefined)).toBe(false)
  expect(await isPassword('x', 'x')).toBe(false)
})
