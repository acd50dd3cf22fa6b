import React, { useEffect } from "react";
import { Text } from "react-native";
import OpenAI from "openai";

export default function App() {
  useEffect(() => {
    new OpenAI().responses.create({ model: "gpt-4.1", input: "x" });
  }, []);
  return <Text>hi</Text>;
}
