import importlib
mod = importlib.import_module("plugins.chat")
mod.run("x")
