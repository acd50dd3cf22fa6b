import React from "react";
import { note } from "../lib/llm";

export default class Notes extends React.Component {
  async componentDidMount() {
    this.setState({ text: await note("x") });
  }

  render() {
    return <p>{"notes"}</p>;
  }
}
