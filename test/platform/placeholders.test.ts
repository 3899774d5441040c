import { expect, test } from 'vitest'
import { fillPlaceholders, hasPlaceholder, placeholder, removeMarks, splitAtPlaceholders } from '../../src/platform/placeholders.ts'

test('a placeholder is a name between two noncharacters, and is found again', () => {
  const text = `Hello${placeholder('comma_name')}.\n${placeholder('0')}${placeholder('name')}`
  expect(text).toBe('Hello\uFDD0comma_name\uFDD1.\n\uFDD00\uFDD1\uFDD0name\uFDD1')
  expect(splitAtPlaceholders(text)).toEqual(['Hello', 'comma_name', '.\n', '0', '', 'name', ''])
  expect(fillPlaceholders(text, (name) => `<${name}>`)).toBe('Hello<comma_name>.\n<0><name>')
})

test('a value is inserted as it is, and placeholders in it are not filled', () => {
  expect(fillPlaceholders(`a ${placeholder('x')}`, () => `$& $1 ${placeholder('x')}`)).toBe('a $& $1 \uFDD0x\uFDD1')
})

test.each(['', 'name', '\uFDD0name', 'name\uFDD1', '\uFDD0\uFDD1', '\uFDD0Name\uFDD1', '\uFDD1name\uFDD0'])(
  '%j holds no placeholder',
  (text) => {
    expect(hasPlaceholder(text)).toBe(false)
    expect(splitAtPlaceholders(text)).toEqual([text])
  },
)

test('the check for placeholders does not depend on earlier calls', () => {
  const text = `${placeholder('name')} and more`
  expect([hasPlaceholder(text), hasPlaceholder(text)]).toEqual([true, true])
})

test('all 32 marks of a text are removed, and nothing else', () => {
  const marks = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index)).join('')
  expect(removeMarks(`\uFDCF${marks}\uFDF0 a${placeholder('name')}`)).toBe('\uFDCF\uFDF0 aname')
})
