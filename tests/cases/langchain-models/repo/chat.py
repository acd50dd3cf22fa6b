from langchain_anthropic import ChatAnthropic
from langchain_aws import ChatBedrock
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BIG = "gpt-4o"


def pick(kind):
    if kind == "claude":
        return ChatAnthropic(model_name="claude-sonnet-4-5")
    if kind == "bedrock":
        return ChatBedrock(model_id="anthropic.claude-3-haiku-20240307-v1:0")
    return ChatOpenAI(model=BIG)


class ChatModel:
    """Not a library's: a name that looks like one."""

    def __init__(self, model):
        self.model = model


def main():
    pick("claude").invoke("hello")
    OpenAIEmbeddings(model="text-embedding-3-small").embed_query("hello")
    ChatModel(model="none")


main()
