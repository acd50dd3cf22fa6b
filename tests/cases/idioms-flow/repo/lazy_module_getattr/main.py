import llm
llm.client().chat.completions.create(model=llm.MODEL, messages=[])
