import "dotenv/config";
import OpenAI from "openai";
const { OPENAI_MODEL } = process.env;
new OpenAI().chat.completions.create({ model: OPENAI_MODEL!, messages: [] });
