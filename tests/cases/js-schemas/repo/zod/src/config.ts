import { z } from "zod";
const base = z.object({ OPENAI_API_KEY: z.string() });
const ConfigSchema = base.extend({ MODEL: z.string().default("gpt-4o") });
export type Config = z.infer<typeof ConfigSchema>;
export function loadConfig(): Config {
  const result = ConfigSchema.parse(process.env);
  return result;
}
