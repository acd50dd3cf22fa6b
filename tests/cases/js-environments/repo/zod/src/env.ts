import { z } from "zod";
const schema = z.object({ OPENAI_API_KEY: z.string().min(1), OPENAI_MODEL: z.string().default("gpt-4o-mini"), PORT: z.coerce.number().default(3) });
const parsed = schema.safeParse(process.env);
if (!parsed.success) { process.exit(1); }
export const env = parsed.data;
