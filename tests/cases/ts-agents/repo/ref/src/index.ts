import { genkit } from "genkit";
import { googleAI } from "@genkit-ai/googleai";
const ai = genkit({ plugins: [googleAI()] });
const { text } = await ai.generate({ model: googleAI.model("gemini-2.5-flash"), prompt: "x" });
