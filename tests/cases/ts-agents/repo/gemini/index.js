import { GoogleGenerativeAI } from "@google/generative-ai";
const genAI = new GoogleGenerativeAI(process.env.GEMINI_KEY);
const m = genAI.getGenerativeModel({ model: "gemini-1.5-flash" });
await m.generateContent("x");
