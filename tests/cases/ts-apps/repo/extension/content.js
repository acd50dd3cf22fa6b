chrome.runtime.sendMessage({ text: document.body.innerText });
