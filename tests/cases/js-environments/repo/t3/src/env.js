import { createEnv } from "@t3-oss/env-nextjs";
import { z } from "zod";
export const env = createEnv({
  server: { OPENAI_API_KEY: z.string(), OPENAI_MODEL: z.string().default("gpt-4o-mini") },
  runtimeEnv: { OPENAI_API_KEY: process.env.OPENAI_API_KEY, OPENAI_MODEL: process.env.OPENAI_MODEL },
});
