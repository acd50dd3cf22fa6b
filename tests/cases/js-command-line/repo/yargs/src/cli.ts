#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import OpenAI from "openai";
const argv = await yargs(hideBin(process.argv))
  .option("model", { alias: "m", type: "string", default: "gpt-4o-mini" })
  .parse();
const openai = new OpenAI();
await openai.chat.completions.create({ model: argv.model, messages: [] });
