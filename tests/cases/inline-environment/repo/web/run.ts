import OpenAI from "openai";

new OpenAI().chat.completions.create({ model: process.env.PAGE_MODEL!, messages: [] });
