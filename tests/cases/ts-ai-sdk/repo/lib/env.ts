import { createEnv } from '@t3-oss/env-nextjs'
import { z } from 'zod'

export const env = createEnv({
  server: {
    TITLE_MODEL: z
      .string()
      .default('gpt-4o-mini'),
    AI_GATEWAY_API_KEY: z.string(),
  },
  runtimeEnv: process.env,
})
