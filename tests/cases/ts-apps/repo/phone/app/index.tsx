import { Button } from "react-native";
import { ask } from "../src/ask";

export default function Home() {
  return <Button title="Ask" onPress={() => ask("x")} />;
}
