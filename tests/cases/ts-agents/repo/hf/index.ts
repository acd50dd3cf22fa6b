import { HfInference } from "@huggingface/inference";
const hf = new HfInference(process.env.HF_TOKEN);
const out = await hf.chatCompletion({ model: "mistralai/Mistral-7B-Instruct-v0.3", messages: [] });
