import { ask } from "./ask.js";

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  ask("claude-3-5-haiku-latest", message.text).then(reply);
  return true;
});
