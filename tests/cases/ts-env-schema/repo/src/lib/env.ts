import { z } from 'zod'
const schema = z.object({ CHAT_MODEL: z.string().default('gpt-4o-mini'), OPENAI_API_KEY: z.string() })
export const env = schema.parse(process.env)
