const nconf = require("nconf");
const OpenAI = require("openai");
nconf.argv().env().file({ file: "config.json" });
new OpenAI().chat.completions.create({ model: nconf.get("llm:model"), messages: [] });
