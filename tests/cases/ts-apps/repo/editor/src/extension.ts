import * as vscode from "vscode";
import { explain } from "./explain";

export function activate(context: vscode.ExtensionContext) {
  context.subscriptions.push(
    vscode.commands.registerCommand("explainer.explain", async () => {
      await explain("x");
    }),
  );
}
