import OpenAI from "openai";
import { loadConfig } from "./config";
const config = loadConfig();
const c = new OpenAI({ apiKey: config.OPENAI_API_KEY });
c.chat.completions.create({ model: config.MODEL, messages: [] });
