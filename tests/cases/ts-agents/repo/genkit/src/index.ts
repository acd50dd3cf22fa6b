import { genkit, z } from "genkit";
import { googleAI } from "@genkit-ai/googleai";
const ai = genkit({ plugins: [googleAI()], model: "googleai/gemini-2.0-flash" });
export const flow = ai.defineFlow("f", async (q) => (await ai.generate({ prompt: q })).text);
flow("x");
