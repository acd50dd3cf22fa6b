import { ProviderFactory } from "./factory";
async function main() {
  const p = ProviderFactory.create(process.env.PROVIDER ?? "openai");
  console.log(await p.generate("x"));
}
main();
