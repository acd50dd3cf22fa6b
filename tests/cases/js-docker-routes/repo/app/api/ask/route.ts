import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";

export async function POST() {
  return Response.json(await generateText({ model: openai("gpt-4o"), prompt: "x" }));
}
