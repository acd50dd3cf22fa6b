const KEY = "";
async function ask() {
  const answer = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: { Authorization: "Bearer " + localStorage.getItem("key") },
    body: JSON.stringify({ model: "gpt-3.5-turbo", messages: [] }),
  });
  return answer.json();
}
document.getElementById("go").addEventListener("click", ask);
