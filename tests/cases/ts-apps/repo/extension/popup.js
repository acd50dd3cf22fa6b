import { ask } from "./ask.js";

document.querySelector("button").onclick = async () => {
  await ask("claude-sonnet-4-5", "x");
};
