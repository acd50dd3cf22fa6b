import { BedrockRuntime, BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
enum Models { Titan = "amazon.titan-embed-text-v2:0", Claude = "anthropic.claude-3-sonnet-20240229-v1:0" }
const client = new BedrockRuntimeClient({});
const v1 = new BedrockRuntime({});
async function embed(t: string) {
  const params = { modelId: Models.Titan, body: JSON.stringify({ inputText: t }) };
  return client.send(new InvokeModelCommand(params));
}
async function ask(t: string) { return v1.invokeModel({ modelId: Models.Claude, body: "{}" }); }
embed("x").then(() => ask("y"));
