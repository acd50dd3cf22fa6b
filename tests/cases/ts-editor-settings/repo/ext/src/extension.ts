import * as vscode from "vscode";
import OpenAI from "openai";
export function activate(context: vscode.ExtensionContext) {
  const d = vscode.commands.registerCommand("ext.ask", async () => {
    const config = vscode.workspace.getConfiguration("ext");
    const openai = new OpenAI({ apiKey: config.get<string>("apiKey") });
    await openai.chat.completions.create({ model: config.get<string>("model")!, messages: [] });
  });
  context.subscriptions.push(d);
}
