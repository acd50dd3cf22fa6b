import { BrowserRouter, Route, Routes } from "react-router-dom";
import { Trip } from "./parts/Trip";
import Notes from "./parts/Notes";

export default function App() {
  return (
    <BrowserRouter>
      <Routes>
        <Route path="/" element={<Trip mode="short" />} />
        <Route path="/notes" element={<Notes />} />
      </Routes>
    </BrowserRouter>
  );
}
