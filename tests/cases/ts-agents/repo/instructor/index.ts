import Instructor from "@instructor-ai/instructor";
import OpenAI from "openai";
const oai = new OpenAI();
const client = Instructor({ client: oai, mode: "FUNCTIONS" });
const r = await client.chat.completions.create({ model: "gpt-4o", messages: [], response_model: {} });
