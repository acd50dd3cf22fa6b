import { customProvider } from 'ai'
import { mistral } from '@ai-sdk/mistral'

export const unused = customProvider({ languageModels: { chat: mistral('mistral-large-latest') } })
