import { expect, test } from 'vitest'
import { authorKey, topicKey } from '../../src/publication/keys.ts'

test.each([
  ['Open Source', 'open-source'],
  ['  Café  au lait! ', 'café-au-lait'],
  ['Cafe\u0301', 'café'],
  ['C#', 'c-sharp'],
  ['C++ & C', 'c-plus-plus-c'],
  ['.NET', 'dot-net'],
  ['A+B', 'a-b'],
  ['天気', '天気'],
  ['a\uFDD0b\0', 'ab'],
  ['***', ''],
])('the topic %j has the key %j', (name, key) => {
  expect(topicKey(name)).toBe(key)
})

test.each([
  ['Ada Lovelace', 'ada-lovelace'],
  ["Flann O'Brien", 'flann-o-brien'],
  ['Jörg\nÖzdemir', 'jörg-özdemir'],
])('the author %j has the key %j', (name, key) => {
  expect(authorKey(name)).toBe(key)
})
