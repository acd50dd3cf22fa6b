async function main() {
  const { ask } = await import("./llm");
  await ask();
}
main();
