// What a form of the page sends.
"use server";

import { generateText } from 'ai'
import { named } from './named'

export const writeEssay = async (topic: string) => {
  const { text } = await generateText({ model: named.languageModel('essay'), prompt: topic })
  return text
}
