import type OpenAI from "https://esm.sh/openai@4.20.1";
export const embed = (client: OpenAI, input: string) => client.embeddings.create({ model: "text-embedding-3-small", input });
