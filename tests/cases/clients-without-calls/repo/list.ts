import { GoogleGenAI } from "@google/genai";

async function main() {
  const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
  for await (const model of await ai.models.list()) console.log(model.name);
}

main();
