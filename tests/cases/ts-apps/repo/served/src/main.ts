import OpenAI from "openai";

document.body.onclick = () => new OpenAI().responses.create({ model: "gpt-4-turbo", input: "x" });
