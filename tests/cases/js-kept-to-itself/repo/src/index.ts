import OpenAI from "openai";
enum Task { Chat = "chat", Code = "code" }
const TASK_MODELS = { [Task.Chat]: "gpt-4o", [Task.Code]: "gpt-4.1" };
const openai = new OpenAI();
const ask = (task: Task) => openai.chat.completions.create({ model: TASK_MODELS[task], messages: [] });
await ask(Task.Chat);
