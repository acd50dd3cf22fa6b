import { OpenAIClient, AzureKeyCredential } from "@azure/openai";
const client = new OpenAIClient(process.env.AZURE_OPENAI_ENDPOINT!, new AzureKeyCredential(process.env.AZURE_OPENAI_KEY!));
const r = await client.getChatCompletions(process.env.AZURE_DEPLOYMENT!, []);
