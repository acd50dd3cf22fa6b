import OpenAI from "openai";

const App = () => {
  const go = () => new OpenAI().responses.create({ model: "o1", input: "x" });
  return <input onChange={go} />;
};

export default App;
